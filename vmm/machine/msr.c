#include "vmm/machine/msr.h"

#include <linux/kvm.h>

static void note(struct refused_msrs *msrs, uint32_t number, bool read, bool written)
{
	unsigned i = 0;

	while (i < msrs->count && msrs->first[i].number != number)
		i++;
	if (i == MSRS_SHOWN)
		return;
	if (i == msrs->count) {
		msrs->count++;
		msrs->first[i].number = number;
		msrs->first[i].read = msrs->first[i].written = false;
	}
	msrs->first[i].read |= read;
	msrs->first[i].written |= written;
}

void msr_refuse(struct refused_msrs *msrs, struct kvm_run *run)
{
	bool read = run->exit_reason == KVM_EXIT_X86_RDMSR;

	msrs->accesses++;
	note(msrs, run->msr.index, read, !read);
	run->msr.error = 1;
}

void msr_add(struct refused_msrs *sum, const struct refused_msrs *more)
{
	sum->accesses += more->accesses;
	for (unsigned i = 0; i < more->count; i++)
		note(sum, more->first[i].number, more->first[i].read, more->first[i].written);
}

void msr_print(const struct refused_msrs *msrs, FILE *out)
{
	fprintf(out, "refused MSRs: %llu access%s", (unsigned long long)msrs->accesses,
		msrs->accesses == 1 ? "" : "es");
	for (unsigned i = 0; i < msrs->count; i++)
		fprintf(out, "%s 0x%x (%s)", i ? "," : ":", msrs->first[i].number,
			!msrs->first[i].written ? "read"
			: !msrs->first[i].read  ? "written"
						: "read and written");
	fprintf(out, "\n");
}
