#include "vmm/machine/exit.h"

#include <errno.h>
#include <linux/kvm.h>

static enum exit_kind of_internal_error(const struct kvm_run *run)
{
	return run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION ? EXIT_EMULATION : EXIT_INTERNAL;
}

/* KVM's reasons are numbers, not an enum: what is not listed here was not asked for. */
static enum exit_kind of_reason(const struct kvm_run *run)
{
	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		return EXIT_MMIO;
	case KVM_EXIT_IO:
		return EXIT_PORT;
	case KVM_EXIT_X86_RDMSR:
	case KVM_EXIT_X86_WRMSR:
		return EXIT_MSR;
	case KVM_EXIT_HLT:
		return EXIT_HLT;
	case KVM_EXIT_INTERNAL_ERROR:
		return of_internal_error(run);
	case KVM_EXIT_SHUTDOWN:
		return EXIT_SHUTDOWN;
	case KVM_EXIT_FAIL_ENTRY:
		return EXIT_ENTRY_FAILED;
	case KVM_EXIT_DEBUG:
		return EXIT_DEBUG;
	case KVM_EXIT_SYSTEM_EVENT:
		return EXIT_SYSTEM;
	case KVM_EXIT_INTR:
		return EXIT_INTERRUPTED;
	}
	return EXIT_OTHER;
}

enum exit_kind exit_classify(int err, const struct kvm_run *run)
{
	if (err == 0)
		return of_reason(run);
	if (err == EINTR || err == EAGAIN)
		return EXIT_INTERRUPTED;
	return err == EFAULT ? EXIT_TRAP : EXIT_ERROR;
}

const char *exit_kind_name(enum exit_kind kind)
{
	static const char *const names[EXIT_KINDS] = {
		[EXIT_INTERRUPTED] = "interrupted",
		[EXIT_TRAP] = "trap",
		[EXIT_MMIO] = "mmio",
		[EXIT_PORT] = "port",
		[EXIT_MSR] = "msr",
		[EXIT_HLT] = "hlt",
		[EXIT_EMULATION] = "emulation",
		[EXIT_INTERNAL] = "internal",
		[EXIT_SHUTDOWN] = "shutdown",
		[EXIT_ENTRY_FAILED] = "entry-failed",
		[EXIT_DEBUG] = "debug",
		[EXIT_SYSTEM] = "system",
		[EXIT_OTHER] = "other",
		[EXIT_ERROR] = "error",
	};
	return names[kind];
}
