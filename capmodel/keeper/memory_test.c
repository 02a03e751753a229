#include "tests/keeper_rig.h"

static void loads_and_stores_reach_the_bytes(void)
{
	for (uint8_t size = 1; size <= ACCESS_SIZE_MAX; size++) {
		for (uint64_t offset = 0; offset + size <= RIG_SIZE; offset++) {
			struct access store = {.op = ACCESS_STORE, .size = size, .offset = offset};
			uint8_t expected[RIG_SIZE];
			struct rig rig;

			rig_init(&rig, "memory");
			memcpy(expected, rig.bytes, RIG_SIZE);
			CHECK_EQ(rig_load(&rig, offset, size), VERDICT_DONE);
			CHECK(rig.a.has_before && memcmp(rig.a.before, expected + offset, size) == 0);

			memset(store.after, 0xcc, sizeof(store.after));
			memset(expected + offset, 0xcc, size);
			CHECK_EQ(rig_access(&rig, store), VERDICT_DONE);
			CHECK(memcmp(rig.bytes, expected, RIG_SIZE) == 0);
			CHECK(rig.a.has_before && rig.a.before[0] == offset);
			CHECK_EQ(rig.keeper->loads, 1);
			CHECK_EQ(rig.keeper->stores, 1);
			rig_free(&rig);
		}
	}
}

static void a_read_modify_write_is_both(void)
{
	struct rig rig;

	rig_init(&rig, "memory");
	CHECK_EQ(rig_rmw(&rig, 2, 2, 0x1234), VERDICT_DONE);
	CHECK_EQ(rig_value(&rig), 0x0302);
	CHECK(rig.bytes[2] == 0x34 && rig.bytes[3] == 0x12 && rig.bytes[1] == 1 && rig.bytes[4] == 4);
	CHECK_EQ(rig.keeper->loads, 1);
	CHECK_EQ(rig.keeper->stores, 1);
	rig_free(&rig);
}

static void beyond_the_end_is_refused(void)
{
	static const struct {
		const char *spec;
		uint64_t offset;
		uint8_t size;
		enum verdict expected;
	} rows[] = {
		{"memory", RIG_SIZE - 1, 1, VERDICT_DONE},
		{"memory", RIG_SIZE - 8, 8, VERDICT_DONE},
		{"memory", RIG_SIZE, 1, VERDICT_DENY},
		{"memory", RIG_SIZE - 7, 8, VERDICT_DENY},
		{"memory", 1, 64, VERDICT_DENY},
		{"memory", UINT64_MAX - 8, 8, VERDICT_DENY},
		{"zero", RIG_SIZE - 8, 8, VERDICT_DONE},
		{"zero", RIG_SIZE - 7, 8, VERDICT_DENY},
		{"counter", RIG_SIZE - 8, 8, VERDICT_DONE},
		{"counter", RIG_SIZE - 7, 8, VERDICT_DENY},
		{"rom,ignore", RIG_SIZE - 8, 8, VERDICT_DONE},
		{"rom,ignore", RIG_SIZE - 7, 8, VERDICT_DENY},
		{"log:memory", RIG_SIZE - 8, 8, VERDICT_DONE},
		{"log:memory", RIG_SIZE - 7, 8, VERDICT_DENY},
		{"memory,map=0", RIG_SIZE, 1, VERDICT_DENY},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int op = ACCESS_LOAD; op <= ACCESS_RMW; op++) {
			struct rig rig;
			uint8_t peeked[64] = {0x5a};
			bool known;

			check_row = rows[i].spec;
			rig_init(&rig, rows[i].spec);
			CHECK_EQ(rig_access(&rig, rig_make((enum access_op)op, rows[i].offset, rows[i].size, 1)),
				 rows[i].expected);
			if (rows[i].expected == VERDICT_DENY)
				CHECK(rig.answer.fault.vector == 13 && rig.answer.fault.error == 0);
			known = ask_peek(cap_entry(rig.keeper, RIGHTS_ALL, 0), rows[i].offset, rows[i].size, peeked);
			CHECK_EQ(known, rows[i].expected == VERDICT_DONE);
			CHECK(known || peeked[0] == 0x5a);
			rig_free(&rig); /* checks the bytes beyond */
		}
	}
}

static void maps_after_so_many_accesses(void)
{
	static const struct {
		const char *spec;
		unsigned answered;
	} rows[] = {{"memory,map=0", 0}, {"memory,map=1", 1}, {"memory,map=5", 5}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		check_row = rows[i].spec;
		rig_init(&rig, rows[i].spec);
		for (unsigned n = 0; n < rows[i].answered; n++)
			CHECK_EQ(rig_access(&rig, rig_make((enum access_op)(n % 3), 0, 4, 0)), VERDICT_DONE);
		CHECK_EQ(rig_load(&rig, 0, 4), VERDICT_MAP);
		CHECK_EQ(rig_store(&rig, 0, 4, 0), VERDICT_MAP); /* and stays so */
		rig_free(&rig);
	}
}

static void asking_alone_counts_nothing(void)
{
	struct rig rig;
	struct rig_transaction t;
	struct access a = rig_make(ACCESS_LOAD, 0, 4, 0);
	struct capability who;
	struct answer answer;

	rig_init(&rig, "memory,map=1");
	for (unsigned i = 0; i < 10; i++) { /* ten instructions that fault elsewhere */
		t = rig_transaction(&rig);
		CHECK_EQ(ask_admit(cap_entry(rig.keeper, RIGHTS_ALL, 0), &t.t, &a, &answer, &who), VERDICT_DONE);
	}
	CHECK_EQ(rig.keeper->loads, 0);
	CHECK_EQ(rig_load(&rig, 0, 4), VERDICT_DONE);
	CHECK_EQ(rig_load(&rig, 0, 4), VERDICT_MAP);
	rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(loads_and_stores_reach_the_bytes), CHECK_TEST(a_read_modify_write_is_both),
	   CHECK_TEST(beyond_the_end_is_refused), CHECK_TEST(maps_after_so_many_accesses),
	   CHECK_TEST(asking_alone_counts_nothing))
