/*
 * probe_run.h: running a probe's guest, and what its stop means.
 */
#ifndef VMM_DOCTOR_PROBE_RUN_H
#define VMM_DOCTOR_PROBE_RUN_H

#include "vmm/doctor/probe_vm.h"

#define PROBE_VECTOR_NONE 256u

/* Why the guest is not running. */
enum probe_stop {
	PROBE_FAULT, /* KVM_RUN failed with EFAULT */
	PROBE_HALT,
	PROBE_MMIO,
	PROBE_IO,
	PROBE_DEBUG,
	PROBE_INTERNAL, /* KVM_EXIT_INTERNAL_ERROR: its emulator gave up */
	PROBE_SHUTDOWN,
	PROBE_HANG, /* the time limit ran out */
	PROBE_OTHER, /* another exit reason, or KVM_RUN failed otherwise: see error */
};

/* How a program that came to its end got there. */
struct probe_end {
	unsigned vector; /* PROBE_VECTOR_NONE: a HLT of its own */
	uint64_t error_code; /* of vectors that have one */
	uint64_t rip; /* after the HLT of its own, or what the exception saved */
	unsigned cpl; /* CPL the exception saved */
};

/* One KVM_RUN; EINTR and EAGAIN are retried within the limit. */
enum probe_stop probe_vm_run(struct probe_vm *vm);

/* After PROBE_HALT. 0 or -errno; *end on success only. */
int probe_vm_end(struct probe_vm *vm, struct probe_end *end);

/* True if the program of `start` reached its ending and nothing else: *why says what happened if not. */
bool probe_vm_finished(struct probe_vm *vm, const struct probe_start *start, enum probe_stop stop, char *why, size_t n);

/* The last stop in words: "EFAULT", "exception 13 (error 0x0)", "KVM_EXIT_INTERNAL_ERROR 1". */
void probe_vm_describe(struct probe_vm *vm, enum probe_stop stop, char *text, size_t n);

#endif
