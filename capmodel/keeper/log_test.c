#include "tests/keeper_rig.h"

static void one_line_per_access(void)
{
	static const struct {
		const char *spec;
		const char *lines; /* of a load of 1 at 1, a store of 2 at 2, a read-modify-write of 4 at 4 */
	} rows[] = {
		{"log:memory", "fault op=0 size=1 offset=1 memory\nfault op=1 size=2 offset=2 memory\n"
			       "fault op=2 size=4 offset=4 memory\n"},
		{"log,op=rw:zero", "fault op=0 size=1 offset=1 zero\nfault op=1 size=2 offset=2 zero\n"
				   "fault op=2 size=4 offset=4 zero\n"},
		{"log,op=r:counter", "fault op=0 size=1 offset=1 counter\nfault op=2 size=4 offset=4 counter\n"},
		{"log,op=w:counter", "fault op=1 size=2 offset=2 counter\nfault op=2 size=4 offset=4 counter\n"},
		{"log,op=r:log,op=r:rom", "fault op=0 size=1 offset=1 rom\nfault op=0 size=1 offset=1 rom\n"
					  "fault op=2 size=4 offset=4 rom deny | #PF(auto)\n"
					  "fault op=2 size=4 offset=4 log,op=r:rom deny | #PF(auto)\n"},
		{"log:rom", "fault op=0 size=1 offset=1 rom\nfault op=1 size=2 offset=2 rom deny | #PF(auto)\n"
			    "fault op=2 size=4 offset=4 rom deny | #PF(auto)\n"},
		{"log,op=r:deny,fault=ud", "fault op=0 size=1 offset=1 deny,fault=ud deny | #UD\n"
					   "fault op=2 size=4 offset=4 deny,fault=ud deny | #UD\n"},
		{"log:memory,map=1", "fault op=0 size=1 offset=1 memory\n"},
		{"log:watch,new=0,report:memory",
		 "fault op=0 size=1 offset=1 memory\nfault op=1 size=2 offset=2 memory\n"
		 "fault op=2 size=4 offset=4 memory\n"},
		{"memory", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		check_row = rows[i].spec;
		rig_init(&rig, rows[i].spec);
		rig_load(&rig, 1, 1);
		rig_store(&rig, 2, 2, 0x7777);
		rig_rmw(&rig, 4, 4, 0x7777);
		CHECK_STR(rig_log(&rig), rows[i].lines);
		CHECK_STR(rig.stopped, "");
		rig_free(&rig);
	}
}

static void it_changes_nothing(void)
{
	static const char *const specs[] = {"memory", "rom",  "rom,ignore",       "counter",
					    "zero",   "deny", "deny,op=w:memory", "memory,map=2"};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		char wrapped[64], bare_fault[FAULT_TEXT], logged_fault[FAULT_TEXT];
		struct rig bare, logged;

		check_row = specs[i];
		snprintf(wrapped, sizeof(wrapped), "log:%s", specs[i]);
		rig_init(&bare, specs[i]);
		rig_init(&logged, wrapped);
		srand(7);
		for (unsigned n = 0; n < 500; n++) {
			uint8_t size = (uint8_t)(1 + rand() % 16);
			struct access a = rig_make((enum access_op)(rand() % 3), (uint64_t)rand() % RIG_SIZE, size,
						   (uint64_t)rand());

			CHECK_EQ(rig_access(&bare, a), rig_access(&logged, a));
			CHECK(memcmp(&bare.a, &logged.a, sizeof(a)) == 0);
			CHECK_STR(rig_fault(&logged, logged_fault), rig_fault(&bare, bare_fault));
			CHECK(memcmp(bare.bytes, logged.bytes, RIG_SIZE) == 0);
		}
		CHECK_EQ(bare.keeper->loads, logged.keeper->loads);
		CHECK_EQ(bare.keeper->stores, logged.keeper->stores);
		rig_free(&bare);
		rig_free(&logged);
	}
}

static void an_access_that_is_not_complete_has_no_line(void)
{
	struct access a = rig_make(ACCESS_STORE, 0, 4, 0);
	struct rig_transaction t;
	struct capability who;
	struct answer answer;
	struct rig rig;

	rig_init(&rig, "log:memory");
	t = rig_transaction(&rig);
	CHECK_EQ(ask_admit(cap_entry(rig.keeper, RIGHTS_ALL, 0), &t.t, &a, &answer, &who), VERDICT_DONE);
	ask_store(who, &t.t, &a);
	CHECK_STR(rig_log(&rig), "");
	ask_complete(who, &t.t, &a);
	CHECK_STR(rig_log(&rig), "fault op=1 size=4 offset=0 memory\n");
	rig_free(&rig);
}

static void a_log_that_cannot_be_written_stops_the_guest(void)
{
	struct rig rig;
	FILE *full = fopen("/dev/full", "w"), *memory;

	if (!full) {
		SKIP("there is no /dev/full");
		return;
	}
	rig_init(&rig, "log:zero");
	memory = rig.env.log;
	keeper_free(rig.keeper);
	setvbuf(full, NULL, _IONBF, 0);
	rig.env.log = full;
	rig_make_keeper(&rig, "log:zero");
	rig_load(&rig, 0, 1);
	CHECK_STR(rig.stopped, "the log cannot be written: No space left on device");
	rig.env.log = memory;
	rig_free(&rig);
	fclose(full);
}

CHECK_MAIN(CHECK_TEST(one_line_per_access), CHECK_TEST(it_changes_nothing),
	   CHECK_TEST(an_access_that_is_not_complete_has_no_line),
	   CHECK_TEST(a_log_that_cannot_be_written_stops_the_guest))
