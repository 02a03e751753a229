#include "tests/keeper_rig.h"

static void everything_is_zero_and_stays_so(void)
{
	static const enum access_op ops[] = {ACCESS_LOAD, ACCESS_STORE, ACCESS_LOAD, ACCESS_RMW, ACCESS_LOAD};
	uint8_t zeros[64] = {0}, peeked[64], expected[RIG_SIZE];

	for (uint8_t size = 1; size <= ACCESS_SIZE_MAX; size++) {
		struct rig rig;

		rig_init(&rig, "zero");
		memcpy(expected, rig.bytes, RIG_SIZE);
		for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
			CHECK_EQ(rig_access(&rig, rig_make(ops[i], 0, size, 0x1122334455667788)), VERDICT_DONE);
			CHECK(rig.a.has_before && memcmp(rig.a.before, zeros, size) == 0);
		}
		memset(peeked, 0xff, sizeof(peeked));
		CHECK(ask_peek(cap_entry(rig.keeper, RIGHTS_ALL, 0), 0, size, peeked));
		CHECK(memcmp(peeked, zeros, size) == 0 && (size == 64 || peeked[size] == 0xff));
		CHECK(memcmp(rig.bytes, expected, RIG_SIZE) == 0); /* dropped, not kept */
		CHECK_EQ(rig.keeper->loads, 4);
		CHECK_EQ(rig.keeper->stores, 2);
		rig_free(&rig);
	}
}

CHECK_MAIN(CHECK_TEST(everything_is_zero_and_stays_so))
