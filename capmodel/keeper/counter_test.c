#include "tests/keeper_rig.h"

static void counts_what_happens(void)
{
	static const struct {
		enum access_op op;
		uint64_t offset;
		uint8_t size;
		uint64_t value, got; /* got: of a load or read-modify-write */
	} rows[] = {
		{ACCESS_LOAD, 0, 8, 0, 1}, /* the load that reads it is counted */
		{ACCESS_LOAD, 0, 1, 0, 2},
		{ACCESS_LOAD, 8, 8, 0, 0},
		{ACCESS_STORE, 16, 4, 0x11223344, 0},
		{ACCESS_LOAD, 8, 4, 0, 1},
		{ACCESS_LOAD, 16, 8, 0, 0x11223344},
		{ACCESS_LOAD, 17, 2, 0, 0x2233},
		{ACCESS_LOAD, 7, 1, 0, 0},
		{ACCESS_LOAD, 24, 8, 0, 0},
		{ACCESS_LOAD, 0, 4, 0, 9},
		{ACCESS_STORE, 0, 8, 0x8877665544332211, 0}, /* a store to a count only counts */
		{ACCESS_LOAD, 0, 8, 0, 10},
		{ACCESS_LOAD, 8, 8, 0, 2},
		{ACCESS_LOAD, 20, 4, 0, 0x88776655},
		{ACCESS_STORE, 40, 1, 0xffffff7f, 0}, /* wherever it goes; only its own bytes */
		{ACCESS_LOAD, 16, 8, 0, 0x7f},
		{ACCESS_RMW, 0, 8, 5, 14}, /* one load, then one store */
		{ACCESS_LOAD, 8, 8, 0, 4},
		{ACCESS_LOAD, 15, 2, 0, 0x0500}, /* across two registers */
	};
	struct rig rig;

	rig_init(&rig, "counter");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQ(rig_access(&rig, rig_make(rows[i].op, rows[i].offset, rows[i].size, rows[i].value)),
			 VERDICT_DONE);
		if (rows[i].op != ACCESS_STORE)
			CHECK_AT(rig_value(&rig) == rows[i].got, "row %zu: 0x%" PRIx64, i, rig_value(&rig));
	}
	CHECK_EQ(rig.bytes[0], 0); /* the range's own bytes are not used */
	CHECK_EQ(rig.bytes[8], 8);
	rig_free(&rig);
}

/* Every size at every offset reads the same register file. */
static void any_split_reads_the_same_bytes(void)
{
	struct rig rig;

	rig_init(&rig, "counter");
	for (unsigned i = 0; i < 0x1234; i++)
		rig_store(&rig, 0, 8, 0xf0e0d0c0b0a09080);
	for (uint8_t size = 1; size <= ACCESS_SIZE_MAX; size++) {
		for (uint64_t offset = 0; offset + size <= RIG_SIZE; offset++) {
			uint8_t file[64], peeked[64];
			struct capability cap = cap_entry(rig.keeper, RIGHTS_ALL, 0);

			CHECK_EQ(rig_load(&rig, offset, size), VERDICT_DONE);
			CHECK(ask_peek(cap, 0, 64, file));
			CHECK(memcmp(rig.a.before, file + offset, size) == 0);
			CHECK(ask_peek(cap, offset, size, peeked));
			CHECK(memcmp(peeked, file + offset, size) == 0);
			CHECK(file[8] == 0x34 && file[9] == 0x12 && file[16] == 0x80 && file[23] == 0xf0);
			CHECK_EQ(file[24] | file[63], 0);
		}
	}
	rig_free(&rig);
}

static void a_wide_store_keeps_its_first_eight_bytes(void)
{
	struct access a = {.op = ACCESS_STORE, .size = 32, .offset = 0};
	struct rig rig;

	for (uint8_t i = 0; i < 32; i++)
		a.after[i] = (uint8_t)(i + 1);
	rig_init(&rig, "counter");
	CHECK_EQ(rig_access(&rig, a), VERDICT_DONE);
	CHECK_EQ(rig_load(&rig, 16, 16), VERDICT_DONE);
	CHECK_EQ(rig_value(&rig), 0x0807060504030201);
	CHECK_EQ(rig.a.before[8], 0);
	rig_free(&rig);
}

static void peeking_counts_nothing(void)
{
	uint8_t file[8];
	struct rig rig;

	rig_init(&rig, "counter");
	for (unsigned i = 0; i < 5; i++)
		CHECK(ask_peek(cap_entry(rig.keeper, RIGHTS_ALL, 0), 0, 8, file) && file[0] == 0);
	rig_store(&rig, 0, 1, 1); /* looks at what it replaces by peek */
	rig_load(&rig, 0, 8);
	CHECK_EQ(rig_value(&rig), 1);
	rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(counts_what_happens), CHECK_TEST(any_split_reads_the_same_bytes),
	   CHECK_TEST(a_wide_store_keeps_its_first_eight_bytes), CHECK_TEST(peeking_counts_nothing))
