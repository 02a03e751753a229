/*
 * wrapper_test.c: the wrappers around keepers that the catalog does not make: one
 * that forwards, one that cannot be peeked, one that answers each verdict.
 */
#include "capmodel/keeper/wrapper.h"
#include "tests/keeper_rig.h"

struct puppet {
	struct keeper keeper;
	enum verdict says;
	struct capability even, odd; /* FORWARD: for even and odd offsets, or by_op for loads and stores */
	bool by_op;
	unsigned completes;
	bool *freed;
};

static enum verdict puppet_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	const struct puppet *p = (struct puppet *)k;

	(void)t;
	answer->forward = (p->by_op ? a->op == ACCESS_STORE : a->offset % 2) ? p->odd : p->even;
	answer->fault = (struct fault){.vector = 12, .has_error = true, .error = 4};
	return p->says;
}

static void puppet_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)k;
	(void)t;
	memset(a->before, 0x33, a->size);
}

static void puppet_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)k;
	(void)t;
	(void)a;
}

static void puppet_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)t;
	(void)a;
	((struct puppet *)k)->completes++;
}

static void puppet_free(struct keeper *k)
{
	*((struct puppet *)k)->freed = true;
}

static const struct keeper_ops puppet_ops = {
	.name = "puppet",
	.admit = puppet_admit,
	.load = puppet_load,
	.store = puppet_store,
	.complete = puppet_complete,
	.free = puppet_free,
};

/* A rig whose keeper is a wrapper of that kind around p. */
static void rig_wrap(struct rig *rig, const struct keeper_kind *kind, char *options, struct puppet *p)
{
	char error[KEEPER_ERROR] = "";
	struct keeper_args args = {.env = &rig->env, .inner = &p->keeper, .answerer = "puppet"};

	rig_init(rig, "zero");
	keeper_free(rig->keeper);
	keeper_init(&p->keeper, &puppet_ops);
	args.options = (struct options){.item = kind->name, .accepted = kind->options, .error = error};
	CHECK(!*options || options_split(&args.options, options));
	rig->keeper = kind->make(&args);
	CHECK_AT(rig->keeper != NULL, "%s", error);
	if (!rig->keeper)
		abort();
}

static void verdicts_go_out_as_they_are(void)
{
	static const struct {
		const struct keeper_kind *kind;
		const char *options;
		enum verdict map; /* what becomes of MAP */
	} rows[] = {
		{&log_kind, "", VERDICT_MAP},
		{&watch_kind, "", VERDICT_MAP},
		{&deny_kind, "op=w", VERDICT_DENY}, /* a mapped page could be written */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int says = VERDICT_DONE; says <= VERDICT_SUSPEND; says++) {
			bool freed = false;
			struct puppet p = {.says = (enum verdict)says, .freed = &freed};
			char options[8];
			struct rig rig;

			check_row = rows[i].kind->name;
			strcpy(options, rows[i].options);
			rig_wrap(&rig, rows[i].kind, options, &p);
			CHECK_EQ(rig_load(&rig, 0, 4), says == VERDICT_MAP ? rows[i].map : (enum verdict)says);
			if (says == VERDICT_DENY)
				CHECK(rig.answer.fault.vector == 12 && rig.answer.fault.error == 4);
			CHECK_EQ(p.completes, says == VERDICT_DONE);
			CHECK_EQ(p.keeper.loads, says == VERDICT_DONE);
			rig_free(&rig);
			CHECK(freed);
		}
	}
}

/* Loads and stores go where the inner keeper forwards them, and the wrapper still sees them. */
static void a_forward_does_not_get_past_the_wrapper(void)
{
	bool freed = false, target_freed = false;
	struct puppet target = {.says = VERDICT_DONE, .freed = &target_freed}, p = {.says = VERDICT_FORWARD};
	uint8_t page[16] = {1, 2, 3, 4};
	char no_options[1] = "";
	struct rig rig;

	p.freed = &freed;
	keeper_init(&target.keeper, &puppet_ops);
	p.even = cap_page(page, RIGHTS_ALL);
	p.odd = cap_entry(&target.keeper, RIGHTS_ALL, 0);
	rig_wrap(&rig, &log_kind, no_options, &p);

	CHECK_EQ(rig_load(&rig, 2, 1), VERDICT_DONE);
	CHECK_EQ(rig_value(&rig), 3);
	CHECK_EQ(rig_store(&rig, 2, 1, 9), VERDICT_DONE);
	CHECK_EQ(page[2], 9);
	CHECK_EQ(rig_load(&rig, 3, 1), VERDICT_DONE);
	CHECK_EQ(rig_value(&rig), 0x33);
	CHECK_EQ(target.completes, 1);
	CHECK_EQ(target.keeper.loads, 1);
	CHECK_EQ(p.completes + p.keeper.loads + p.keeper.stores, 0); /* who forwards does not answer */
	CHECK_STR(rig_log(&rig), "fault op=0 size=1 offset=2 page\nfault op=1 size=1 offset=2 page\n"
				 "fault op=0 size=1 offset=3 puppet\n");

	p.odd = cap_reduce(p.odd, RIGHT_READ);
	CHECK_EQ(rig_store(&rig, 3, 1, 9), VERDICT_DENY);
	CHECK_EQ(rig.answer.fault.vector, 14);
	CHECK_EQ(target.keeper.stores, 0);
	p.says = VERDICT_DONE; /* and from now on itself */
	CHECK_EQ(rig_load(&rig, 2, 1), VERDICT_DONE);
	CHECK_EQ(rig_value(&rig), 0x33);
	CHECK_EQ(p.completes, 1);
	rig_free(&rig);
	CHECK(freed && !target_freed);
	keeper_free(&target.keeper);
}

/* All of a transaction's accesses are admitted before the first is made. */
static void one_transaction_may_forward_to_several(void)
{
	bool freed = false;
	struct puppet p = {.says = VERDICT_FORWARD, .freed = &freed};
	uint8_t even[32], odd[32];
	struct capability who[(WRAPPER_FORWARDED + 2)];
	char no_options[1] = "";
	struct rig_transaction t;
	struct answer answer;
	struct rig rig;

	memset(even, 0xe0, sizeof(even));
	memset(odd, 0x0d, sizeof(odd));
	p.even = cap_page(even, RIGHTS_ALL);
	p.odd = cap_page(odd, RIGHTS_ALL);
	rig_wrap(&rig, &watch_kind, no_options, &p);
	for (unsigned round = 0; round < 3; round++) {
		unsigned first = round * 5;

		t = rig_transaction(&rig);
		for (unsigned i = 0; i < (WRAPPER_FORWARDED + 2); i++) {
			struct access a = rig_make(ACCESS_LOAD, first + i, 1, 0);
			enum verdict v = ask_admit(cap_entry(rig.keeper, RIGHTS_ALL, 0), &t.t, &a, &answer, &who[i]);

			/* as many as it can remember; one more is refused, never sent astray */
			CHECK_EQ(v, i < WRAPPER_FORWARDED ? VERDICT_DONE : VERDICT_DENY);
		}
		for (unsigned i = 0; i < WRAPPER_FORWARDED; i++) {
			struct access a = rig_make(ACCESS_LOAD, first + i, 1, 0);

			ask_load(who[i], &t.t, &a);
			CHECK_EQ(a.before[0], a.offset % 2 ? 0x0d : 0xe0);
		}
	}
	rig_free(&rig);
}

/* A string move onto itself loads and stores the same bytes; they may be forwarded apart. */
static void a_load_and_a_store_of_the_same_bytes_are_two(void)
{
	bool freed = false;
	struct puppet p = {.says = VERDICT_FORWARD, .by_op = true, .freed = &freed};
	struct access load = rig_make(ACCESS_LOAD, 0, 1, 0), store = rig_make(ACCESS_STORE, 0, 1, 0x99);
	struct capability cap, loads_from, stores_to;
	uint8_t source[1] = {0x11}, target[1] = {0x22};
	char no_options[1] = "";
	struct rig_transaction t;
	struct answer answer;
	struct rig rig;

	p.even = cap_page(source, RIGHTS_ALL);
	p.odd = cap_page(target, RIGHTS_ALL);
	rig_wrap(&rig, &log_kind, no_options, &p);
	t = rig_transaction(&rig);
	cap = cap_entry(rig.keeper, RIGHTS_ALL, 0);
	CHECK_EQ(ask_admit(cap, &t.t, &load, &answer, &loads_from), VERDICT_DONE);
	CHECK_EQ(ask_admit(cap, &t.t, &store, &answer, &stores_to), VERDICT_DONE);
	ask_load(loads_from, &t.t, &load);
	ask_store(stores_to, &t.t, &store);
	CHECK_EQ(load.before[0], 0x11);
	CHECK(source[0] == 0x11 && target[0] == 0x99);
	rig_free(&rig);
}

static void an_unknown_old_value_counts_as_met(void)
{
	static const struct {
		const char *options;
		bool matches;
	} rows[] = {
		{"old=5", true}, {"changed", true}, {"old=5,new=1", true}, {"old=5,new=2", false}, {"new=2", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool freed = false;
		struct puppet p = {.says = VERDICT_DONE, .freed = &freed};
		char options[32];
		struct rig rig;

		check_row = rows[i].options;
		strcpy(options, rows[i].options);
		rig_wrap(&rig, &watch_kind, options, &p);
		rig_store(&rig, 0, 1, 1);
		CHECK_EQ(*rig.stopped != '\0', rows[i].matches);
		if (rows[i].matches)
			CHECK(strstr(rig.stopped, "puppet offset=0x0 old ? new 0x1") != NULL);
		rig_free(&rig);
	}
}

CHECK_MAIN(CHECK_TEST(verdicts_go_out_as_they_are), CHECK_TEST(a_forward_does_not_get_past_the_wrapper),
	   CHECK_TEST(one_transaction_may_forward_to_several), CHECK_TEST(a_load_and_a_store_of_the_same_bytes_are_two),
	   CHECK_TEST(an_unknown_old_value_counts_as_met))
