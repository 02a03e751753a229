/*
 * exit.h: why KVM_RUN came back, as one closed list.
 */
#ifndef VMM_MACHINE_EXIT_H
#define VMM_MACHINE_EXIT_H

struct kvm_run;

enum exit_kind {
	EXIT_INTERRUPTED, /* EINTR, EAGAIN: exit_reason is stale */
	EXIT_TRAP, /* EFAULT: the guest touched a trapped page; exit_reason is stale */
	EXIT_MMIO, /* KVM emulated an access to an address without memory, or a trapped page */
	EXIT_PORT, /* in or out */
	EXIT_MSR, /* one that KVM does not know; only where it was asked to tell */
	EXIT_HLT,
	EXIT_EMULATION, /* KVM's emulator gave up on an instruction */
	EXIT_INTERNAL, /* any other internal error of KVM's */
	EXIT_SHUTDOWN, /* triple fault */
	EXIT_ENTRY_FAILED, /* the CPU refused the guest state */
	EXIT_DEBUG,
	EXIT_SYSTEM, /* KVM asks for shutdown, reset or crash */
	EXIT_OTHER, /* an exit reason this monitor did not ask for */
	EXIT_ERROR, /* KVM_RUN failed with another errno */
	EXIT_KINDS,
};

/* err is the errno of KVM_RUN, or 0. It looks at run only when err is 0. */
enum exit_kind exit_classify(int err, const struct kvm_run *run);

const char *exit_kind_name(enum exit_kind kind);

#endif
