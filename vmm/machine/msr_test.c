#include "vmm/machine/msr.h"

#include "tests/check.h"

#include <linux/kvm.h>
#include <stdlib.h>

static void refuse(struct refused_msrs *msrs, uint32_t number, uint32_t reason)
{
	struct kvm_run *run = calloc(1, sizeof(*run));

	run->exit_reason = reason;
	run->msr.index = number;
	msr_refuse(msrs, run);
	CHECK_EQ(run->msr.error, 1); /* #GP */
	free(run);
}

static void printed(const struct refused_msrs *msrs, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	msr_print(msrs, out);
	fclose(out);
	CHECK_STR(text, expected);
	free(text);
}

static void counted_by_number(void)
{
	struct refused_msrs one = {.accesses = 0}, other = {.accesses = 0};

	printed(&one, "refused MSRs: 0 accesses\n");
	refuse(&one, 0x10, KVM_EXIT_X86_RDMSR);
	printed(&one, "refused MSRs: 1 access: 0x10 (read)\n");
	refuse(&one, 0x10, KVM_EXIT_X86_RDMSR);
	refuse(&one, 0x11, KVM_EXIT_X86_WRMSR);
	refuse(&other, 0x10, KVM_EXIT_X86_WRMSR);
	msr_add(&one, &other);
	printed(&one, "refused MSRs: 4 accesses: 0x10 (read and written), 0x11 (written)\n");
}

static void many(void)
{
	struct refused_msrs msrs = {.accesses = 0};

	for (uint32_t i = 0; i < 3 * MSRS_SHOWN; i++)
		refuse(&msrs, i, KVM_EXIT_X86_RDMSR);
	CHECK_EQ(msrs.count, MSRS_SHOWN);
	CHECK_EQ(msrs.accesses, 3 * MSRS_SHOWN);
	msr_add(&msrs, &msrs);
	CHECK_EQ(msrs.count, MSRS_SHOWN);
}

CHECK_MAIN(CHECK_TEST(counted_by_number), CHECK_TEST(many))
