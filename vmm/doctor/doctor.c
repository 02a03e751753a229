#include "vmm/doctor/doctor.h"

#include "vmm/doctor/examine.h"
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

int doctor_probe(struct doctor_findings *out, char *why, size_t n)
{
	static const enum doctor_id first[] = {DOCTOR_DEVICE, DOCTOR_API, DOCTOR_VM};
	struct doctor_findings findings;

	examine(DEVICE, false, &findings);
	for (unsigned i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (findings.items[first[i]].result != DOCTOR_YES) {
			snprintf(why, n, "%s", findings.items[first[i]].detail);
			return -ENODEV;
		}
	*out = findings;
	return 0;
}

/* A JSON string, RFC 8259. */
static void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void json_member(FILE *out, const char *name, const char *value)
{
	json_string(out, name);
	fputs(": ", out);
	json_string(out, value);
}

static void print_json(const struct doctor_findings *f, const char *kernel, FILE *out)
{
	fputs("{", out);
	json_member(out, "kvm", f->kvm_text);
	fputs(", ", out);
	json_member(out, "kernel", kernel);
	fputs(",\n \"items\": [", out);
	for (unsigned i = 0; i < DOCTOR_ITEMS; i++) {
		const struct doctor_item *item = &f->items[i];

		fputs(i ? ",\n  {" : "\n  {", out);
		json_member(out, "name", names[i]);
		fputs(", ", out);
		json_member(out, "result", doctor_result_name(item->result));
		fputs(", ", out);
		json_member(out, "detail", item->detail);
		if (item->ns)
			fprintf(out, ", \"ns\": %llu", (unsigned long long)item->ns);
		fputs("}", out);
	}
	fputs("\n ],\n \"follows\": [", out);
	for (unsigned i = 0; i < f->nfollows; i++) {
		fputs(i ? ",\n  " : "\n  ", out);
		json_string(out, f->follows[i]);
	}
	fputs("\n ],\n ", out);
	json_member(out, "fit", doctor_fit_name(f->fit));
	fputs(", ", out);
	json_member(out, "reason", f->reason);
	fputs("}\n", out);
}

static void print_text(const struct doctor_findings *f, const char *kernel, FILE *out)
{
	fprintf(out, "KVM: %s%s; Linux %s\n\n", f->kvm_text, f->cpl0_interpreted ? " (odd: CPL 0 is interpreted)" : "",
		kernel);
	for (unsigned i = 0; i < DOCTOR_ITEMS; i++)
		fprintf(out, "  %-20s %-9s %s\n", names[i], doctor_result_name(f->items[i].result), f->items[i].detail);
	fputs("\nWhat follows:\n", out);
	for (unsigned i = 0; i < f->nfollows; i++)
		fprintf(out, "  - %s\n", f->follows[i]);
	switch (f->fit) {
	case DOCTOR_FIT_NO:
		fprintf(out, "\nFit for lodestore's own tests: no; %s\n", f->reason);
		return;
	case DOCTOR_FIT_CPL3:
		fprintf(out, "\nFit for lodestore's own tests: CPL 3 only; %s\n", f->reason);
		return;
	case DOCTOR_FIT_YES:
		fputs("\nFit for lodestore's own tests: yes\n", out);
		return;
	}
}

int doctor(bool json, FILE *out)
{
	struct doctor_findings findings;
	struct utsname host;

	examine(DEVICE, true, &findings);
	if (uname(&host) < 0)
		host.release[0] = 0;
	if (json)
		print_json(&findings, host.release, out);
	else
		print_text(&findings, host.release, out);
	return findings.fit == DOCTOR_FIT_NO ? STATUS_HOST : STATUS_OK;
}
