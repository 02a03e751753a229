#include "vmm/machine/exit.h"

#include "tests/check.h"

#include <errno.h>
#include <linux/kvm.h>

static const struct {
	const char *name;
	int err;
	unsigned reason, suberror;
	enum exit_kind kind;
} rows[] = {
	{"EINTR, whatever the stale reason", EINTR, KVM_EXIT_MMIO, 0, EXIT_INTERRUPTED},
	{"EAGAIN, whatever the stale reason", EAGAIN, KVM_EXIT_IO, 0, EXIT_INTERRUPTED},
	{"EFAULT, whatever the stale reason", EFAULT, KVM_EXIT_HLT, 0, EXIT_TRAP},
	{"another errno", EINVAL, KVM_EXIT_MMIO, 0, EXIT_ERROR},
	{"mmio", 0, KVM_EXIT_MMIO, 0, EXIT_MMIO},
	{"msr read", 0, KVM_EXIT_X86_RDMSR, 0, EXIT_MSR},
	{"msr written", 0, KVM_EXIT_X86_WRMSR, 0, EXIT_MSR},
	{"port", 0, KVM_EXIT_IO, 0, EXIT_PORT},
	{"hlt", 0, KVM_EXIT_HLT, 0, EXIT_HLT},
	{"emulation failure", 0, KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, EXIT_EMULATION},
	{"another internal error", 0, KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_DELIVERY_EV, EXIT_INTERNAL},
	{"triple fault", 0, KVM_EXIT_SHUTDOWN, 0, EXIT_SHUTDOWN},
	{"bad state", 0, KVM_EXIT_FAIL_ENTRY, 0, EXIT_ENTRY_FAILED},
	{"debug", 0, KVM_EXIT_DEBUG, 0, EXIT_DEBUG},
	{"system event", 0, KVM_EXIT_SYSTEM_EVENT, 0, EXIT_SYSTEM},
	{"signal", 0, KVM_EXIT_INTR, 0, EXIT_INTERRUPTED},
	{"a reason from the future", 0, 4711, 0, EXIT_OTHER},
};

static void every_return_has_one_kind(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvm_run run = {.exit_reason = rows[i].reason};

		check_row = rows[i].name;
		run.internal.suberror = rows[i].suberror;
		CHECK_EQ(exit_classify(rows[i].err, &run), rows[i].kind);
		CHECK(exit_kind_name(rows[i].kind)[0] != '\0');
	}
}

CHECK_MAIN(CHECK_TEST(every_return_has_one_kind))
