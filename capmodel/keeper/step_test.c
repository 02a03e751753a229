/* The keeper `step`: what it says, what it writes, what it undoes. */
#include "tests/keeper_rig.h"

/* As rig_access(), with the second invocation of a keeper that said STEP. *end: its answer. */
static enum verdict stepped(struct rig *rig, struct access a, enum stepped *end)
{
	struct rig_transaction t = rig_transaction(rig);
	const struct access *accesses[1] = {&rig->a};
	struct capability who = cap_null;
	enum verdict v;

	rig->a = a;
	rig->a.gpa = 0x5000 + a.offset;
	v = ask_admit(cap_entry(rig->keeper, RIGHTS_ALL, 0), &t.t, &rig->a, &rig->answer, &who);
	if (v != VERDICT_STEP)
		return v;
	CHECK(who.type == CAP_ENTRY);
	if (a.op != ACCESS_STORE)
		ask_load(who, &t.t, &rig->a);
	else
		rig->a.has_before = ask_peek(who, a.offset, a.size, rig->a.before);
	*end = ask_stepped(who, &t.t, accesses, 1);
	if (*end == STEPPED_UNDO)
		return v;
	if (a.op != ACCESS_LOAD)
		ask_store(who, &t.t, &rig->a);
	ask_complete(who, &t.t, &rig->a);
	return v;
}

static void before_and_after_are_told(void)
{
	static const struct {
		const char *name;
		enum access_op op;
		uint64_t value;
		const char *line;
	} rows[] = {
		{"load", ACCESS_LOAD, 0x99, "fault op=0 size=2 offset=4 memory stepped | before=0x504 after=0x504\n"},
		{"store", ACCESS_STORE, 0x99, "fault op=1 size=2 offset=4 memory stepped | before=0x504 after=0x99\n"},
		{"both", ACCESS_RMW, 0x99, "fault op=2 size=2 offset=4 memory stepped | before=0x504 after=0x99\n"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum stepped end = STEPPED_UNDO;
		struct rig rig;

		check_row = rows[i].name;
		rig_init(&rig, "step:memory");
		CHECK_EQ(stepped(&rig, rig_make(rows[i].op, 4, 2, rows[i].value), &end), VERDICT_STEP);
		CHECK_EQ(end, STEPPED_ACCEPT);
		CHECK_STR(rig_log(&rig), rows[i].line);
		CHECK_EQ(rig.bytes[4], rows[i].op == ACCESS_LOAD ? 4 : 0x99);
		rig_free(&rig);
	}
}

static void the_first_are_undone(void)
{
	enum stepped end;
	struct rig rig;

	rig_init(&rig, "step,undo=2:memory");
	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(stepped(&rig, rig_make(ACCESS_STORE, 0, 1, 0x55), &end), VERDICT_STEP);
		CHECK_EQ(end, i < 2 ? STEPPED_UNDO : STEPPED_ACCEPT);
		CHECK_EQ(rig.bytes[0], i < 2 ? 0 : 0x55);
	}
	CHECK_STR(rig_log(&rig), "fault op=1 size=1 offset=0 memory undone | before=0x0 after=0x55\n"
				 "fault op=1 size=1 offset=0 memory undone | before=0x0 after=0x55\n"
				 "fault op=1 size=1 offset=0 memory stepped | before=0x0 after=0x55\n");
	rig_free(&rig);
}

static void only_one_direction(void)
{
	enum stepped end;
	struct rig rig;

	rig_init(&rig, "step,op=w:memory");
	CHECK_EQ(stepped(&rig, rig_make(ACCESS_LOAD, 0, 1, 0), &end), VERDICT_DONE);
	CHECK_EQ(stepped(&rig, rig_make(ACCESS_STORE, 0, 1, 1), &end), VERDICT_STEP);
	CHECK_EQ(stepped(&rig, rig_make(ACCESS_RMW, 0, 1, 1), &end), VERDICT_STEP);
	rig_free(&rig);
}

/* What is wrapped refuses, and is undone, through any wrapper. */
static void wrappers_pass_it_on(void)
{
	enum stepped end;
	struct rig rig;

	rig_init(&rig, "step:rom");
	CHECK_EQ(stepped(&rig, rig_make(ACCESS_STORE, 0, 1, 1), &end), VERDICT_DENY);
	rig_free(&rig);

	rig_init(&rig, "watch,report,op=r:deny,op=r:step,undo=1:memory");
	CHECK_EQ(stepped(&rig, rig_make(ACCESS_STORE, 0, 1, 1), &end), VERDICT_STEP);
	CHECK_EQ(end, STEPPED_UNDO);
	CHECK_EQ(rig.bytes[0], 0);
	rig_free(&rig);

	rig_init(&rig, "step:step,undo=1:memory");
	CHECK_EQ(stepped(&rig, rig_make(ACCESS_STORE, 0, 1, 1), &end), VERDICT_STEP);
	CHECK_EQ(end, STEPPED_UNDO);
	CHECK_STR(rig_log(&rig), "fault op=1 size=1 offset=0 memory undone | before=0x0 after=0x1\n"
				 "fault op=1 size=1 offset=0 memory undone | before=0x0 after=0x1\n");
	rig_free(&rig);
}

static void who_is_not_asked_again_tells_nothing(void)
{
	struct rig rig;

	rig_init(&rig, "step:memory");
	CHECK_EQ(rig_load(&rig, 0, 1), VERDICT_STEP);
	CHECK_STR(rig_log(&rig), "");
	rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(before_and_after_are_told), CHECK_TEST(the_first_are_undone), CHECK_TEST(only_one_direction),
	   CHECK_TEST(wrappers_pass_it_on), CHECK_TEST(who_is_not_asked_again_tells_nothing))
