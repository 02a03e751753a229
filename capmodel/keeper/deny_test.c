#include "tests/keeper_rig.h"

static void the_fault_is_the_one_chosen(void)
{
	static const struct {
		const char *spec, *fault;
	} rows[] = {
		{"deny", "#GP(0)"},
		{"deny,fault=gp", "#GP(0)"},
		{"deny,fault=GP,error=8", "#GP(0x8)"},
		{"deny,fault=pf", "#PF(auto)"},
		{"deny,fault=pf,error=0", "#PF(0)"},
		{"deny,fault=pf,error=7", "#PF(0x7)"},
		{"deny,fault=ss", "#SS(0)"},
		{"deny,fault=np,error=0x10", "#NP(0x10)"},
		{"deny,fault=ac", "#AC(0)"},
		{"deny,fault=ud", "#UD"},
		{"deny,fault=de", "#DE"},
		{"deny,fault=nm", "#NM"},
		{"deny,fault=mc", "#MC"},
		{"deny,vector=3", "#BP"},
		{"deny,vector=13,error=2", "#GP(0x2)"},
		{"deny,vector=14", "#PF(auto)"},
		{"deny,vector=20", "#VE"},
		{"deny,vector=31", "#31"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int op = ACCESS_LOAD; op <= ACCESS_RMW; op++) {
			char fault[FAULT_TEXT];
			struct rig rig;

			check_row = rows[i].spec;
			rig_init(&rig, rows[i].spec);
			CHECK_EQ(rig_access(&rig, rig_make((enum access_op)op, 0, 8, 0xff)), VERDICT_DENY);
			CHECK_STR(rig_fault(&rig, fault), rows[i].fault);
			CHECK_EQ(rig.bytes[1], 1);
			CHECK_EQ(rig.keeper->loads + rig.keeper->stores, 0);
			rig_free(&rig);
		}
	}
}

static void one_direction_is_refused_and_the_other_answered(void)
{
	static const struct {
		const char *spec;
		const char *load, *store, *rmw; /* the fault, or "" for DONE */
	} rows[] = {
		{"deny,op=w:memory", "", "#GP(0)", "#GP(0)"},
		{"deny,op=r:memory", "#GP(0)", "", "#GP(0)"},
		{"deny,op=w,fault=ud:counter", "", "#UD", "#UD"},
		{"deny,op=w,fault=ud:rom", "", "#UD", "#UD"}, /* the outer one is first */
		{"deny,op=r,fault=ud:rom", "#UD", "#PF(auto)", "#UD"}, /* what it lets through may still be refused */
		{"deny,op=r:deny,op=w,fault=ss:memory", "#GP(0)", "#SS(0)", "#GP(0)"},
		{"deny,op=w:deny", "#GP(0)", "#GP(0)", "#GP(0)"},
		{"log:deny,op=w:memory", "", "#GP(0)", "#GP(0)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *expected[] = {rows[i].load, rows[i].store, rows[i].rmw};

		for (int op = ACCESS_LOAD; op <= ACCESS_RMW; op++) {
			char fault[FAULT_TEXT] = "";
			struct rig rig;

			check_row = rows[i].spec;
			rig_init(&rig, rows[i].spec);
			if (rig_access(&rig, rig_make((enum access_op)op, 8, 8, 0xff)) != VERDICT_DONE)
				rig_fault(&rig, fault);
			CHECK_STR(fault, expected[op]);
			CHECK_EQ(rig.keeper->loads + rig.keeper->stores, *expected[op] == '\0');
			rig_free(&rig);
		}
	}
}

static void peek_is_what_is_behind(void)
{
	uint8_t out[2] = {0x5a, 0x5a};
	struct rig rig;

	rig_init(&rig, "deny,op=r:memory");
	CHECK(ask_peek(cap_entry(rig.keeper, RIGHTS_ALL, 0), 3, 1, out) && out[0] == 3 && out[1] == 0x5a);
	rig_free(&rig);
	rig_init(&rig, "deny");
	CHECK(!ask_peek(cap_entry(rig.keeper, RIGHTS_ALL, 0), 3, 1, out) && out[0] == 3);
	rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(the_fault_is_the_one_chosen), CHECK_TEST(one_direction_is_refused_and_the_other_answered),
	   CHECK_TEST(peek_is_what_is_behind))
