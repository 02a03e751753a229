#include "vmm/doctor/doctor.h"

#include "vmm/doctor/examine.h"
#include "vmm/doctor/report.h"
#include "vmm/error.h"

#include <errno.h>
#include <sys/utsname.h>

#define DEVICE "/dev/kvm"

static const char *const names[DOCTOR_ITEMS] = {
	[DOCTOR_DEVICE] = "device",
	[DOCTOR_API] = "api",
	[DOCTOR_CAPABILITIES] = "capabilities",
	[DOCTOR_VM] = "vm",
	[DOCTOR_RUN_0] = "run-cpl0",
	[DOCTOR_RUN_3] = "run-cpl3",
	[DOCTOR_LOAD_0] = "trap-load-cpl0",
	[DOCTOR_LOAD_3] = "trap-load-cpl3",
	[DOCTOR_STORE_0] = "trap-store-cpl0",
	[DOCTOR_STORE_3] = "trap-store-cpl3",
	[DOCTOR_READONLY_0] = "trap-readonly-cpl0",
	[DOCTOR_READONLY_3] = "trap-readonly-cpl3",
	[DOCTOR_LOCK_0] = "trap-lock-cpl0",
	[DOCTOR_LOCK_3] = "trap-lock-cpl3",
	[DOCTOR_WIDE_0] = "trap-wide-cpl0",
	[DOCTOR_WIDE_3] = "trap-wide-cpl3",
	[DOCTOR_STEP_0] = "single-step-cpl0",
	[DOCTOR_STEP_3] = "single-step-cpl3",
	[DOCTOR_INJECT_0] = "inject-cpl0",
	[DOCTOR_INJECT_3] = "inject-cpl3",
	[DOCTOR_SYNC_REGS] = "sync-registers",
	[DOCTOR_AVX_0] = "avx-cpl0",
	[DOCTOR_AVX_3] = "avx-cpl3",
	[DOCTOR_AVX512_0] = "avx512-cpl0",
	[DOCTOR_AVX512_3] = "avx512-cpl3",
	[DOCTOR_MMIO_RIP] = "mmio-rip",
	[DOCTOR_SYSCALL] = "syscall",
	[DOCTOR_INT] = "int-n",
	[DOCTOR_IRQCHIP] = "irqchip",
	[DOCTOR_PIT] = "pit",
	[DOCTOR_IMMEDIATE_EXIT] = "immediate-exit",
	[DOCTOR_EXIT_COST_0] = "exit-cost-cpl0",
	[DOCTOR_EXIT_COST_3] = "exit-cost-cpl3",
	[DOCTOR_FAULT_COST_0] = "fault-cost-cpl0",
	[DOCTOR_FAULT_COST_3] = "fault-cost-cpl3",
};

const char *doctor_name(enum doctor_id id)
{
	return (unsigned)id < DOCTOR_ITEMS ? names[id] : "?";
}

const char *doctor_result_name(enum doctor_result result)
{
	switch (result) {
	case DOCTOR_UNTRIED:
		return "untried";
	case DOCTOR_YES:
		return "yes";
	case DOCTOR_NO:
		return "no";
	case DOCTOR_EMULATED:
		return "emulated";
	case DOCTOR_HANGS:
		return "hangs";
	}
	return "?";
}

const char *doctor_fit_name(enum doctor_fit fit)
{
	switch (fit) {
	case DOCTOR_FIT_NO:
		return "no";
	case DOCTOR_FIT_CPL3:
		return "cpl3-only";
	case DOCTOR_FIT_YES:
		return "yes";
	}
	return "?";
}

/* 0, or -ENODEV with *why if no guest can be run. */
static int usable(const struct doctor_findings *findings, char *why, size_t n)
{
	static const enum doctor_id first[] = {DOCTOR_DEVICE, DOCTOR_API, DOCTOR_VM};

	for (unsigned i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (findings->items[first[i]].result != DOCTOR_YES) {
			snprintf(why, n, "%s", findings->items[first[i]].detail);
			return -ENODEV;
		}
	return 0;
}

int doctor_probe(struct doctor_findings *out, char *why, size_t n)
{
	struct doctor_findings findings;
	int err;

	examine(DEVICE, EXAMINE_ALL & ~EXAMINE_COSTS, &findings);
	err = usable(&findings, why, n);
	if (!err)
		*out = findings;
	return err;
}

int doctor_ask(enum doctor_id id, struct doctor_item *out, char *why, size_t n)
{
	struct doctor_findings findings;
	int err;

	examine(DEVICE, 1ull << id, &findings);
	err = usable(&findings, why, n);
	if (!err)
		*out = findings.items[id];
	return err;
}

int doctor(bool json, FILE *out)
{
	struct doctor_findings findings;
	struct utsname host;

	examine(DEVICE, EXAMINE_ALL, &findings);
	if (uname(&host) < 0)
		host.release[0] = 0;
	if (json)
		report_json(&findings, host.release, out);
	else
		report_text(&findings, host.release, out);
	return findings.fit == DOCTOR_FIT_NO ? STATUS_HOST : STATUS_OK;
}
