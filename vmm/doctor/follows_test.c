/* follows_test.c: what is concluded from made-up items. */
#include "vmm/doctor/examine.h"

#include "tests/check.h"

#define SOME 6

/* A genuine KVM, but for these items. */
struct row {
	const char *name;
	struct {
		enum doctor_id id;
		enum doctor_result result;
	} but[SOME]; /* ends at DOCTOR_UNTRIED */
	uint64_t run_0_ns;
	enum doctor_fit fit;
	bool interpreted, exact_0, exact_3;
	const char *reason; /* it begins so */
	const char *says, *says_not; /* among what follows, NULL: nothing to look for */
};

static const struct row rows[] = {
	{"genuine", .fit = DOCTOR_FIT_YES, .exact_0 = true, .exact_3 = true, .reason = "", .says = "Linux guests: yes"},
	{"interpreted",
	 {{DOCTOR_LOAD_0, DOCTOR_EMULATED}, {DOCTOR_STEP_3, DOCTOR_NO}, {DOCTOR_SYSCALL, DOCTOR_NO}},
	 .run_0_ns = 1200,
	 .fit = DOCTOR_FIT_CPL3,
	 .interpreted = true,
	 .exact_3 = true,
	 .reason = "KVM interprets CPL 0",
	 .says = "private step: at CPL 0 only",
	 .says_not = "Linux guests: yes"},
	{"emulated, not interpreted",
	 {{DOCTOR_LOAD_0, DOCTOR_EMULATED}},
	 .run_0_ns = 1,
	 .fit = DOCTOR_FIT_CPL3,
	 .exact_3 = true,
	 .reason = "trap-load-cpl0: ",
	 .says = "at CPL 0 KVM emulates accesses",
	 .says_not = "Linux guests: yes"},
	{"CPL 3 stores untrapped",
	 {{DOCTOR_STORE_3, DOCTOR_NO}},
	 .fit = DOCTOR_FIT_NO,
	 .exact_0 = true,
	 .reason = "trap-store-cpl3: ",
	 .says = "CPL 3 guests are not exact"},
	{"a probe hangs",
	 {{DOCTOR_READONLY_0, DOCTOR_HANGS}},
	 .fit = DOCTOR_FIT_CPL3,
	 .exact_3 = true,
	 .reason = "trap-readonly-cpl0: ",
	 .says = "CPL 0 guests are not exact"},
	{"no sync registers",
	 {{DOCTOR_SYNC_REGS, DOCTOR_NO}},
	 .fit = DOCTOR_FIT_NO,
	 .exact_0 = true,
	 .exact_3 = true,
	 .reason = "sync-registers: "},
	{"a capability is missing",
	 {{DOCTOR_CAPABILITIES, DOCTOR_NO}},
	 .fit = DOCTOR_FIT_NO,
	 .exact_0 = true,
	 .exact_3 = true,
	 .reason = "capabilities: "},
	{"no PIT",
	 {{DOCTOR_PIT, DOCTOR_NO}},
	 .fit = DOCTOR_FIT_YES,
	 .exact_0 = true,
	 .exact_3 = true,
	 .reason = "",
	 .says = "Linux guests: no, pit: "},
	{"no step, no injection",
	 {{DOCTOR_STEP_0, DOCTOR_NO},
	  {DOCTOR_STEP_3, DOCTOR_HANGS},
	  {DOCTOR_INJECT_0, DOCTOR_NO},
	  {DOCTOR_INJECT_3, DOCTOR_NO}},
	 .fit = DOCTOR_FIT_YES,
	 .exact_0 = true,
	 .exact_3 = true,
	 .reason = "",
	 .says = "private step: not possible",
	 .says_not = "faults given to the guest: at"},
	{"no device",
	 {{DOCTOR_DEVICE, DOCTOR_NO}, {DOCTOR_VM, DOCTOR_NO}},
	 .fit = DOCTOR_FIT_NO,
	 .exact_0 = true,
	 .exact_3 = true,
	 .reason = "device: ",
	 .says = "no guest can be run",
	 .says_not = "Linux guests: yes"},
};

static bool said(const struct doctor_findings *f, const char *text)
{
	for (unsigned i = 0; i < f->nfollows; i++)
		if (strncmp(f->follows[i], text, strlen(text)) == 0)
			return true;
	return false;
}

static void test_follows(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct doctor_findings f = {.nfollows = 7, .reason = "stale"};

		check_row = row->name;
		for (unsigned id = 0; id < DOCTOR_ITEMS; id++)
			f.items[id] = (struct doctor_item){.result = DOCTOR_YES, .detail = "-"};
		for (unsigned b = 0; b < SOME && row->but[b].result != DOCTOR_UNTRIED; b++)
			f.items[row->but[b].id].result = row->but[b].result;
		f.items[DOCTOR_RUN_0].ns = row->run_0_ns;
		follows(&f);
		CHECK_EQ(f.fit, row->fit);
		CHECK_EQ(f.cpl0_interpreted, row->interpreted);
		CHECK_EQ(f.cpl0_exact, row->exact_0);
		CHECK_EQ(f.cpl3_exact, row->exact_3);
		CHECK(row->reason[0] ? strncmp(f.reason, row->reason, strlen(row->reason)) == 0 : !f.reason[0]);
		CHECK(f.nfollows > 0 && f.nfollows <= DOCTOR_FOLLOWS);
		CHECK(!row->says || said(&f, row->says));
		CHECK(!row->says_not || !said(&f, row->says_not));
	}
}

static void test_nothing_was_tried(void)
{
	struct doctor_findings f = {.fit = DOCTOR_FIT_YES};

	follows(&f);
	CHECK_EQ(f.fit, DOCTOR_FIT_NO);
	CHECK(!f.cpl0_exact && !f.cpl3_exact);
}

CHECK_MAIN(CHECK_TEST(test_follows), CHECK_TEST(test_nothing_was_tried))
