#include "capmodel/keeper/record.h"

#include "tests/keeper_rig.h"

/* What the witness was told, as "kind op size offset keeper verdict value;". */
static char told[1024];

static void witness_record(const struct transaction *t, const struct access *a, const char *keeper, uint8_t verdict)
{
	size_t used = strlen(told);
	uint64_t after = 0;

	(void)t;
	memcpy(&after, a->after, a->size < 8 ? a->size : 8);
	snprintf(told + used, sizeof(told) - used, "op=%d %u@%" PRIu64 " %s %s %" PRIx64 ";", (int)a->op, a->size,
		 a->offset, keeper, verdict_name((enum verdict)verdict), a->op == ACCESS_LOAD ? 0 : after);
}

static const struct witness witness = {.tell = rig_tell, .stop = rig_stop, .record = witness_record};
static const struct witness silent = {.tell = rig_tell, .stop = rig_stop};

/* One transaction of one access, as the monitor makes it; completed unless it is not to be. */
static enum verdict make(struct rig *rig, struct access a, const struct witness *w, bool completes)
{
	struct rig_transaction t = {{.id = ++rig->next_id, .rip = 0x1000, .witness = w}, rig};
	struct capability who = cap_null;
	enum verdict v;

	rig->a = a;
	v = ask_admit(cap_entry(rig->keeper, RIGHTS_ALL, 0), &t.t, &rig->a, &rig->answer, &who);
	if (v != VERDICT_DONE)
		return v;
	if (a.op != ACCESS_STORE)
		ask_load(who, &t.t, &rig->a);
	if (a.op != ACCESS_LOAD)
		ask_store(who, &t.t, &rig->a);
	if (completes)
		ask_complete(who, &t.t, &rig->a);
	return v;
}

static void begin(struct rig *rig, const char *spec)
{
	rig_init(rig, spec);
	rig->keeper = record_wrap(rig->keeper);
	CHECK(rig->keeper != NULL);
	told[0] = '\0';
}

static void each_access_is_told_once(void)
{
	static const struct {
		const char *spec, *told; /* of a load of 1 at 1, a store of 2 at 2, a read-modify-write of 4 at 4 */
	} rows[] = {
		{"memory", "op=0 1@1 memory done 0;op=1 2@2 memory done 7777;op=2 4@4 memory done 7777;"},
		{"log:memory", "op=0 1@1 memory done 0;op=1 2@2 memory done 7777;op=2 4@4 memory done 7777;"},
		{"rom", "op=0 1@1 rom done 0;op=1 2@2 rom deny 7777;op=2 4@4 rom deny 7777;"},
		{"deny,op=w:counter", "op=0 1@1 counter done 0;op=1 2@2 counter deny 7777;op=2 4@4 counter deny 7777;"},
		{"memory,map=1", "op=0 1@1 memory done 0;op=1 2@2 memory map 7777;op=2 4@4 memory map 7777;"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		check_row = rows[i].spec;
		begin(&rig, rows[i].spec);
		make(&rig, rig_make(ACCESS_LOAD, 1, 1, 0), &witness, true);
		make(&rig, rig_make(ACCESS_STORE, 2, 2, 0x7777), &witness, true);
		make(&rig, rig_make(ACCESS_RMW, 4, 4, 0x7777), &witness, true);
		CHECK_STR(told, rows[i].told);
		rig_free(&rig);
	}
}

static void what_is_not_complete_is_not_told(void)
{
	struct rig rig;

	begin(&rig, "memory");
	CHECK_EQ(make(&rig, rig_make(ACCESS_STORE, 0, 4, 1), &witness, false), VERDICT_DONE);
	CHECK_STR(told, "");
	CHECK_EQ(make(&rig, rig_make(ACCESS_LOAD, 0, 4, 0), &silent, true), VERDICT_DONE);
	CHECK_STR(told, "");
	rig_free(&rig);
}

static void it_changes_nothing(void)
{
	static const char *const specs[] = {"memory", "rom", "counter", "zero", "deny,op=w:memory", "memory,map=2"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct rig bare, recorded;
		uint8_t seen[4], expected[4];

		check_row = specs[i];
		rig_init(&bare, specs[i]);
		begin(&recorded, specs[i]);
		srand(7);
		for (unsigned n = 0; n < 300; n++) {
			uint8_t size = (uint8_t)(1 + rand() % 16);
			struct access a = rig_make((enum access_op)(rand() % 3), (uint64_t)rand() % RIG_SIZE, size,
						   (uint64_t)rand());

			CHECK_EQ(make(&recorded, a, &silent, true), make(&bare, a, &silent, true));
			CHECK(memcmp(&bare.a, &recorded.a, sizeof(a)) == 0);
			CHECK(memcmp(bare.bytes, recorded.bytes, RIG_SIZE) == 0);
		}
		CHECK_EQ(ask_peek(cap_entry(recorded.keeper, RIGHTS_ALL, 0), 8, 4, seen),
			 ask_peek(cap_entry(bare.keeper, RIGHTS_ALL, 0), 8, 4, expected));
		rig_free(&bare);
		rig_free(&recorded);
	}
}

/* Many elements of a REP at once would be one record. */
static void it_has_no_span(void)
{
	struct rig rig;

	begin(&rig, "memory");
	CHECK(ask_span(cap_entry(rig.keeper, RIGHTS_ALL, 0), ACCESS_LOAD, 0, 8) == NULL);
	CHECK_STR(rig.keeper->spec, "record:memory");
	rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(each_access_is_told_once), CHECK_TEST(what_is_not_complete_is_not_told),
	   CHECK_TEST(it_changes_nothing), CHECK_TEST(it_has_no_span))
