#include "tests/keeper_rig.h"

static void reads_but_does_not_change(void)
{
	static const struct {
		const char *name, *spec;
		enum access_op op;
		enum verdict expected;
	} rows[] = {
		{"load", "rom", ACCESS_LOAD, VERDICT_DONE},
		{"store is denied", "rom", ACCESS_STORE, VERDICT_DENY},
		{"read-modify-write is denied", "rom", ACCESS_RMW, VERDICT_DENY},
		{"ignore: load", "rom,ignore", ACCESS_LOAD, VERDICT_DONE},
		{"ignore: store is dropped", "rom,ignore", ACCESS_STORE, VERDICT_DONE},
		{"ignore: read-modify-write reads", "rom,ignore", ACCESS_RMW, VERDICT_DONE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char fault[FAULT_TEXT];
		uint8_t peeked[8];
		struct rig rig;

		check_row = rows[i].name;
		rig_init(&rig, rows[i].spec);
		CHECK_EQ(rig_access(&rig, rig_make(rows[i].op, 3, 8, 0xffffffffffffffff)), rows[i].expected);
		if (rows[i].expected == VERDICT_DENY)
			CHECK_STR(rig_fault(&rig, fault), "#PF(auto)");
		else
			CHECK_EQ(rig_value(&rig), 0x0a09080706050403);
		for (uint8_t j = 0; j < RIG_SIZE; j++)
			CHECK_EQ(rig.bytes[j], j);
		CHECK(ask_peek(cap_entry(rig.keeper, RIGHTS_ALL, 0), 1, 8, peeked) && peeked[0] == 1);
		rig_free(&rig);
	}
}

CHECK_MAIN(CHECK_TEST(reads_but_does_not_change))
