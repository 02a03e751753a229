#include "capmodel/catalog.h"
#include "tests/check.h"

/* A keeper that says what it is told to say, and notes what it is asked. */
struct puppet {
	struct keeper keeper;
	enum verdict says;
	struct answer answer;
	unsigned admits, completes;
};

static enum verdict puppet_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	struct puppet *p = (struct puppet *)k;

	(void)t;
	(void)a;
	p->admits++;
	*answer = p->answer;
	return p->says;
}

static void puppet_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)k;
	(void)t;
	a->before[0] = 0x77;
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

static const struct keeper_ops puppet_ops = {
	.name = "puppet",
	.admit = puppet_admit,
	.load = puppet_load,
	.store = puppet_store,
	.complete = puppet_complete,
};

static void puppet_init(struct puppet *p, const struct keeper_ops *ops, enum verdict says)
{
	*p = (struct puppet){.says = says};
	keeper_init(&p->keeper, ops);
}

static const struct transaction transaction = {.id = 1};

static struct access access_of(enum access_op op)
{
	return (struct access){.op = op, .size = 8, .parts = 1};
}

static bool answers(enum verdict v)
{
	return v == VERDICT_DONE || v == VERDICT_STEP;
}

static void each_verdict_goes_out(void)
{
	static const struct {
		enum verdict says, goes_out;
		const char *name;
	} rows[] = {
		{VERDICT_DONE, VERDICT_DONE, "done"},
		{VERDICT_MAP, VERDICT_MAP, "map"},
		{VERDICT_STEP, VERDICT_STEP, "step"},
		{VERDICT_DENY, VERDICT_DENY, "deny"},
		{VERDICT_SUSPEND, VERDICT_SUSPEND, "suspend"},
		{VERDICT_FORWARD, VERDICT_DENY, "forward"}, /* to nobody */
		{(enum verdict)99, VERDICT_DENY, "unknown"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct puppet p;
		struct capability who = cap_null;
		struct access a = access_of(ACCESS_LOAD);
		struct answer answer;

		check_row = rows[i].name;
		puppet_init(&p, &puppet_ops, rows[i].says);
		CHECK_EQ(ask_admit(cap_entry(&p.keeper, RIGHTS_ALL, 3), &transaction, &a, &answer, &who),
			 rows[i].goes_out);
		CHECK_EQ(who.type, answers(rows[i].says) ? CAP_ENTRY : CAP_NULL);
		CHECK_EQ(who.badge, answers(rows[i].says) ? 3 : 0);
		CHECK_EQ(p.admits, 1);
		CHECK_STR(verdict_name(rows[i].says), rows[i].name);
		CHECK_EQ(p.keeper.loads + p.keeper.stores + p.completes, 0);
		keeper_free(&p.keeper);
	}
}

static void a_refusal_brings_a_deliverable_fault(void)
{
	static const struct {
		const char *name;
		struct fault said, goes_out;
	} rows[] = {
		{"#UD", {6, false, 0}, {6, false, 0}},
		{"#PF", {14, true, 7}, {14, true, 7}},
		{"the NMI is no fault", {2, false, 0}, {13, true, 0}},
		{"no such vector", {32, false, 0}, {13, true, 0}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct puppet p;
		struct capability who = cap_null;
		struct access a = access_of(ACCESS_STORE);
		struct answer answer;

		check_row = rows[i].name;
		puppet_init(&p, &puppet_ops, VERDICT_DENY);
		p.answer.fault = rows[i].said;
		CHECK_EQ(ask_admit(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a, &answer, &who), VERDICT_DENY);
		CHECK_EQ(answer.fault.vector, rows[i].goes_out.vector);
		CHECK_EQ(answer.fault.has_error, rows[i].goes_out.has_error);
		CHECK_EQ(answer.fault.error, rows[i].goes_out.error);
		keeper_free(&p.keeper);
	}
}

static void rights_are_needed(void)
{
	static const uint8_t needed[] = {
		[ACCESS_LOAD] = RIGHT_READ, [ACCESS_STORE] = RIGHT_WRITE, [ACCESS_RMW] = RIGHT_READ | RIGHT_WRITE};
	uint8_t page[8] = {0};

	for (uint8_t rights = 0; rights <= RIGHTS_ALL; rights++) {
		for (int op = ACCESS_LOAD; op <= ACCESS_RMW; op++) {
			bool enough = (rights & needed[op]) == needed[op];
			struct access a = access_of((enum access_op)op);
			struct capability who = cap_null;
			struct answer answer;
			struct puppet p;
			enum verdict v;

			puppet_init(&p, &puppet_ops, VERDICT_DONE);
			v = ask_admit(cap_entry(&p.keeper, rights, 0), &transaction, &a, &answer, &who);
			CHECK_EQ(v, enough ? VERDICT_DONE : VERDICT_DENY);
			CHECK_EQ(p.admits, enough); /* who may not is not even heard */
			if (!enough)
				CHECK(answer.fault.vector == 14 && answer.fault.error == FAULT_PF_AUTO);
			v = ask_admit(cap_page(page, rights), &transaction, &a, &answer, &who);
			CHECK_EQ(v, enough ? VERDICT_DONE : VERDICT_DENY);
			keeper_free(&p.keeper);
		}
	}
}

static void absent_operations_refuse(void)
{
	static const struct {
		const char *name;
		struct keeper_ops ops;
		enum verdict expected[3]; /* load, store, RMW */
	} rows[] = {
		{"none", {.name = "x"}, {VERDICT_DENY, VERDICT_DENY, VERDICT_DENY}},
		{"load only", {.name = "x", .load = puppet_load}, {VERDICT_DONE, VERDICT_DENY, VERDICT_DENY}},
		{"store only", {.name = "x", .store = puppet_store}, {VERDICT_DENY, VERDICT_DONE, VERDICT_DENY}},
		{"load and store, admit absent admits",
		 {.name = "x", .load = puppet_load, .store = puppet_store},
		 {VERDICT_DONE, VERDICT_DONE, VERDICT_DONE}},
		{"admit does not help",
		 {.name = "x", .admit = puppet_admit},
		 {VERDICT_DENY, VERDICT_DENY, VERDICT_DENY}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int op = ACCESS_LOAD; op <= ACCESS_RMW; op++) {
			struct access a = access_of((enum access_op)op);
			struct capability who = cap_null;
			struct answer answer = {.fault = {.vector = 0}};
			struct puppet p;

			check_row = rows[i].name;
			puppet_init(&p, &rows[i].ops, VERDICT_DONE);
			CHECK_EQ(ask_admit(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a, &answer, &who),
				 rows[i].expected[op]);
			if (rows[i].expected[op] == VERDICT_DENY)
				CHECK(answer.fault.vector == 13 && answer.fault.has_error && answer.fault.error == 0);
			else
				ask_complete(who, &transaction, &a); /* absent: not told, no harm */
			keeper_free(&p.keeper);
		}
	}
}

static void a_malformed_access_is_refused(void)
{
	static const struct {
		const char *name;
		uint8_t size;
		uint64_t offset;
	} rows[] = {
		{"no bytes", 0, 0},
		{"too many bytes", 65, 0},
		{"wraps", 8, UINT64_MAX - 7},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct access a = {.op = ACCESS_LOAD, .size = rows[i].size, .offset = rows[i].offset};
		struct capability who = cap_null;
		struct answer answer;
		struct puppet p;

		check_row = rows[i].name;
		puppet_init(&p, &puppet_ops, VERDICT_DONE);
		CHECK_EQ(ask_admit(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a, &answer, &who), VERDICT_DENY);
		CHECK_EQ(p.admits, 0);
		CHECK_EQ(who.type, CAP_NULL);
		keeper_free(&p.keeper);
	}
}

static void a_page_answers_from_its_bytes(void)
{
	static const uint8_t sizes[] = {1, 2, 3, 4, 5, 8, 16, 32, 64};
	uint8_t page[160], expected[160];

	for (unsigned i = 0; i < sizeof(sizes); i++) {
		for (uint64_t offset = 1; offset < 80; offset++) {
			struct access a = {.op = ACCESS_RMW, .size = sizes[i], .offset = offset};
			struct capability who;
			struct answer answer;
			uint8_t peeked[64];

			for (unsigned j = 0; j < sizeof(page); j++)
				page[j] = expected[j] = (uint8_t)j;
			memset(a.after, 0xcc, sizeof(a.after));
			memset(expected + offset, 0xcc, sizes[i]);
			CHECK_EQ(ask_admit(cap_page(page, RIGHTS_ALL), &transaction, &a, &answer, &who), VERDICT_DONE);
			CHECK(ask_peek(who, offset, sizes[i], peeked) && memcmp(peeked, page + offset, sizes[i]) == 0);
			ask_load(who, &transaction, &a);
			CHECK(a.has_before && memcmp(a.before, page + offset, sizes[i]) == 0);
			ask_store(who, &transaction, &a);
			ask_complete(who, &transaction, &a);
			CHECK(memcmp(page, expected, sizeof(page)) == 0);
		}
	}
}

static void a_store_learns_what_it_replaces(void)
{
	uint8_t page[8] = {1, 2, 3};
	struct access a = {.op = ACCESS_STORE, .size = 2, .offset = 1, .after = {9, 9}};
	struct puppet p;

	ask_store(cap_page(page, RIGHTS_ALL), &transaction, &a);
	CHECK(a.has_before && a.before[0] == 2 && a.before[1] == 3);

	a.before[0] = 0x55; /* known by the caller: not looked up again */
	ask_store(cap_page(page, RIGHTS_ALL), &transaction, &a);
	CHECK_EQ(a.before[0], 0x55);

	puppet_init(&p, &puppet_ops, VERDICT_DONE); /* has no peek */
	a.has_before = false;
	ask_store(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a);
	CHECK(!a.has_before);
	CHECK_EQ(p.keeper.stores, 1);
	CHECK(!ask_peek(cap_entry(&p.keeper, RIGHTS_ALL, 0), 0, 1, page));
	CHECK(!ask_peek(cap_null, 0, 1, page));
	CHECK(!ask_peek(cap_page(page, RIGHTS_ALL), 0, 0, page));
	CHECK(!ask_peek(cap_page(page, RIGHTS_ALL), 0, 65, page));
	keeper_free(&p.keeper);
}

static void what_a_keeper_leaves_out_of_a_load_is_zero(void)
{
	struct access a = access_of(ACCESS_LOAD);
	struct puppet p;

	puppet_init(&p, &puppet_ops, VERDICT_DONE);
	memset(a.before, 0xaa, sizeof(a.before));
	ask_load(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a);
	CHECK_EQ(a.before[0], 0x77);
	for (unsigned i = 1; i < 8; i++)
		CHECK_EQ(a.before[i], 0);
	CHECK_EQ(a.before[8], 0xaa); /* beyond its size nothing is touched */
	keeper_free(&p.keeper);
}

/* hops keepers, each forwarding to the next, and then a page. */
static enum verdict ask_through(unsigned hops, uint8_t rights, struct capability *who, struct answer *answer)
{
	static uint8_t page[8];
	struct puppet p[CAP_CHAIN_MAX + 4];
	struct capability next = cap_page(page, RIGHTS_ALL);
	struct access a = access_of(ACCESS_STORE);
	enum verdict v;

	for (unsigned i = 0; i < hops; i++) {
		puppet_init(&p[i], &puppet_ops, VERDICT_FORWARD);
		p[i].answer.forward = next;
		next = cap_entry(&p[i].keeper, i == 0 ? rights : RIGHTS_ALL, 0);
	}
	v = ask_admit(next, &transaction, &a, answer, who);
	for (unsigned i = 0; i < hops; i++)
		keeper_free(&p[i].keeper);
	return v;
}

static void forwards_are_followed(void)
{
	for (unsigned hops = 0; hops < CAP_CHAIN_MAX + 3; hops++) {
		struct capability who = cap_null;
		struct answer answer;

		CHECK_EQ(ask_through(hops, RIGHTS_ALL, &who, &answer),
			 hops <= CAP_CHAIN_MAX ? VERDICT_DONE : VERDICT_DENY);
		CHECK_EQ(who.type, hops <= CAP_CHAIN_MAX ? CAP_PAGE : CAP_NULL);
		if (hops > CAP_CHAIN_MAX)
			CHECK_EQ(answer.fault.vector, 13);
	}
}

static void a_forward_adds_no_right(void)
{
	struct capability who = cap_null;
	struct answer answer;

	CHECK_EQ(ask_through(3, RIGHT_READ, &who, &answer), VERDICT_DENY);
	CHECK_EQ(answer.fault.vector, 14);
	CHECK_EQ(ask_through(3, RIGHT_WRITE, &who, &answer), VERDICT_DONE);
	CHECK_EQ(who.rights, RIGHT_WRITE); /* though the page has all */
}

static void a_forward_to_oneself_ends(void)
{
	struct capability who = cap_null;
	struct access a = access_of(ACCESS_LOAD);
	struct answer answer;
	struct puppet p;

	puppet_init(&p, &puppet_ops, VERDICT_FORWARD);
	p.answer.forward = cap_entry(&p.keeper, RIGHTS_ALL, 0);
	CHECK_EQ(ask_admit(p.answer.forward, &transaction, &a, &answer, &who), VERDICT_DENY);
	CHECK_EQ(p.admits, CAP_CHAIN_MAX + 1);
	CHECK_EQ(who.type, CAP_NULL);
	keeper_free(&p.keeper);
}

static void a_forward_to_a_rescinded_capability_is_refused(void)
{
	static uint8_t page[8];
	struct forwarder *f = forwarder_new(cap_page(page, RIGHTS_ALL));
	struct capability who = cap_null;
	struct access a = access_of(ACCESS_LOAD);
	struct answer answer;
	struct puppet p;

	puppet_init(&p, &puppet_ops, VERDICT_FORWARD);
	p.answer.forward = cap_forwarder(f, RIGHTS_ALL);
	CHECK_EQ(ask_admit(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a, &answer, &who), VERDICT_DONE);
	forwarder_rescind(f);
	who = cap_null;
	CHECK_EQ(ask_admit(cap_entry(&p.keeper, RIGHTS_ALL, 0), &transaction, &a, &answer, &who), VERDICT_DENY);
	CHECK_EQ(who.type, CAP_NULL);
	forwarder_free(f);
	keeper_free(&p.keeper);
}

static void nothing_is_refused(void)
{
	struct capability who = cap_null;
	struct access a = access_of(ACCESS_LOAD);
	struct answer answer;

	CHECK_EQ(ask_admit(cap_null, &transaction, &a, &answer, &who), VERDICT_DENY);
	CHECK(answer.fault.vector == 13 && answer.fault.has_error);
}

CHECK_MAIN(CHECK_TEST(each_verdict_goes_out), CHECK_TEST(a_refusal_brings_a_deliverable_fault),
	   CHECK_TEST(rights_are_needed), CHECK_TEST(absent_operations_refuse),
	   CHECK_TEST(a_malformed_access_is_refused), CHECK_TEST(a_page_answers_from_its_bytes),
	   CHECK_TEST(a_store_learns_what_it_replaces), CHECK_TEST(what_a_keeper_leaves_out_of_a_load_is_zero),
	   CHECK_TEST(forwards_are_followed), CHECK_TEST(a_forward_adds_no_right),
	   CHECK_TEST(a_forward_to_oneself_ends), CHECK_TEST(a_forward_to_a_rescinded_capability_is_refused),
	   CHECK_TEST(nothing_is_refused))
