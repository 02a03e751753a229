#include "vmm/declared/order.h"

#include "tests/check.h"

#include <string.h>

#define L GUEST_OP_LOAD
#define S GUEST_OP_STORE
#define M GUEST_OP_MODIFY
#define F GUEST_OP_FETCH

/* The turns as text: phase and part, "A0 A1 L0 S1". */
static const struct {
	const char *name;
	unsigned char ops[4];
	unsigned nparts;
	bool no_bytes;
	const char *turns;
} rows[] = {
	{"load", {L}, 1, false, "L0"},
	{"store", {S}, 1, false, "S0"},
	{"modify", {M}, 1, false, "L0 S0"},
	{"fetch", {F}, 1, false, "L0"},
	{"a load in two", {L, L}, 2, false, "A0 A1 L0 L1"},
	{"a store in two", {S, S}, 2, false, "A0 A1 S0 S1"},
	{"a modify in two", {M, M}, 2, false, "A0 A1 L0 L1 S0 S1"},
	{"from one to the other", {L, S}, 2, false, "A0 A1 L0 S1"},
	{"store first", {S, L}, 2, false, "A0 A1 L1 S0"},
	{"push of an operand, over two pages", {L, S, S}, 3, false, "A0 A1 A2 L0 S1 S2"},
	{"all kinds", {S, M, L, M}, 4, false, "A0 A1 A2 A3 L1 L2 L3 S0 S1 S3"},
	{"no bytes of one", {L}, 1, true, "A0"},
	{"no bytes of two", {M, S}, 2, true, "A0 A1"},
};

static void turns_come_in_order(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guest_part parts[4] = {0};
		struct order o = {parts, rows[i].nparts, rows[i].no_bytes};
		char said[64], *end = said;
		struct turn t, before;

		check_row = rows[i].name;
		for (unsigned k = 0; k < o.nparts; k++)
			parts[k].op = rows[i].ops[k];
		t = order_first(&o);
		do {
			end += sprintf(end, "%s%c%u", end == said ? "" : " ", "ALS"[t.phase % 3], t.part);
			CHECK(order_has(&o, t));
			CHECK(order_up_to(t, t));
			before = t;
		} while (end < said + 50 && order_next(&o, &t) && order_up_to(before, t) && !order_up_to(t, before));
		CHECK_STR(said, rows[i].turns);
		CHECK_EQ(t.phase, before.phase);
		CHECK_EQ(t.part, before.part);
	}
	check_row = "";
}

static void other_turns_are_none(void)
{
	struct guest_part parts[2] = {{.op = L}, {.op = S}};
	struct order one = {parts, 1, false}, both = {parts, 2, false}, none = {parts, 2, true};

	CHECK(!order_has(&one, (struct turn){GUEST_PHASE_ADMIT, 0}));
	CHECK(!order_has(&one, (struct turn){GUEST_PHASE_STORE, 0}));
	CHECK(!order_has(&one, (struct turn){GUEST_PHASE_LOAD, 1}));
	CHECK(!order_has(&one, (struct turn){GUEST_PHASE_LOAD, 0xffff}));
	CHECK(!order_has(&both, (struct turn){GUEST_PHASE_LOAD, 1}));
	CHECK(!order_has(&both, (struct turn){GUEST_PHASE_STORE, 0}));
	CHECK(!order_has(&both, (struct turn){3, 0}));
	CHECK(!order_has(&both, (struct turn){255, 1}));
	CHECK(!order_has(&none, (struct turn){GUEST_PHASE_LOAD, 0}));
}

/* Of three, of which the second loads: whatever had been asked, it is not its turn any more. */
static void what_has_a_frame_has_no_turn(void)
{
	struct guest_part parts[3] = {{.op = M}, {.op = L, .frame = 7}, {.op = S}};
	struct order o = {parts, 3, false};
	struct turn t = {GUEST_PHASE_ADMIT, 0};
	static const struct turn left[] = {
		{GUEST_PHASE_ADMIT, 2}, {GUEST_PHASE_LOAD, 0}, {GUEST_PHASE_STORE, 0}, {GUEST_PHASE_STORE, 2}};

	for (unsigned phase = GUEST_PHASE_ADMIT; phase <= GUEST_PHASE_STORE; phase++)
		CHECK(!order_has(&o, (struct turn){phase, 1}));
	for (unsigned i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		CHECK(order_next(&o, &t));
		CHECK(t.phase == left[i].phase && t.part == left[i].part);
	}
	CHECK(!order_next(&o, &t));
	parts[0].frame = parts[2].frame = 7;
	t = (struct turn){GUEST_PHASE_ADMIT, 2};
	CHECK(!order_next(&o, &t)); /* nothing is left */
}

CHECK_MAIN(CHECK_TEST(turns_come_in_order), CHECK_TEST(other_turns_are_none), CHECK_TEST(what_has_a_frame_has_no_turn))
