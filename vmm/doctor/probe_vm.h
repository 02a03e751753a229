/*
 * probe_vm.h: the smallest guest that can ask a KVM how it behaves.
 *
 * One vCPU in long mode, 256 KiB of memory by memfd, identity-mapped and open to
 * CPL 3, an IDT whose every handler halts. It shares no code with the machine
 * proper, so that what it finds is KVM's behaviour and not ours. It is not a way
 * to run anything else.
 */
#ifndef VMM_DOCTOR_PROBE_VM_H
#define VMM_DOCTOR_PROBE_VM_H

#include "capmodel/gpa.h"

#include <linux/kvm.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Where things are: guest-virtual and guest-physical are the same. */
#define PROBE_MEMORY 0x40000ull /* bytes from 0 on that are memory */
#define PROBE_HANDLERS 0x7000ull /* handler of vector v: PROBE_HANDLERS + 16 * v */
#define PROBE_CODE 0xa000ull
#define PROBE_SYSCALL 0xb000ull /* where `syscall` enters: a HLT */
#define PROBE_TARGET 0x10000ull /* the page whose protection is tried */
#define PROBE_HOLE 0x1f0000ull /* mapped by the page tables, but no memory */

/* /dev/kvm and what a vCPU's CPUID may hold. */
struct probe_host {
	int kvm;
	struct {
		uint32_t nent, padding; /* as struct kvm_cpuid2 */
		struct kvm_cpuid_entry2 entries[128];
	} cpuid;
};

struct probe_vm {
	int vm, vcpu, memfd;
	uint8_t *guest_view; /* what the memslot points at; its protection is what is tried */
	uint8_t *memory; /* the same bytes, always readable and writable */
	struct kvm_run *run;
	size_t run_size;
	timer_t timer;
	bool has_timer;
	int error; /* errno of the last KVM_RUN, 0 if it succeeded */
	const char *failed; /* the call that made probe_vm_open() or _start() fail */
};

struct probe_start {
	const uint8_t *code;
	size_t size;
	unsigned cpl; /* 0 or 3 */
	uint64_t rax, rbx, rcx;
	uint64_t xcr0; /* 0: leave it */
};

/*
 * From here to probe_watch_end() the watchdog's signal belongs to the probes.
 * Not to be nested; *old keeps what to restore. 0 or -errno.
 */
struct probe_watch {
	struct sigaction action;
	sigset_t mask;
};
int probe_watch_begin(struct probe_watch *old);
void probe_watch_end(const struct probe_watch *old);

/*
 * Make a guest that may run limit_ns in all; then every run ends with PROBE_HANG.
 * 0, or -errno with vm->failed set; close it in both cases.
 */
int probe_vm_open(struct probe_vm *vm, const struct probe_host *host, uint64_t limit_ns);
void probe_vm_close(struct probe_vm *vm);

/*
 * Put code followed by an ending (HLT at CPL 0, UD2 at CPL 3) at PROBE_CODE and the
 * registers at its beginning. 0, or -errno with vm->failed set.
 */
int probe_vm_start(struct probe_vm *vm, const struct probe_start *start);

/* PROT_* for the page at gpa in the guest view. 0 or -errno. */
int probe_vm_protect(struct probe_vm *vm, uint64_t gpa, int prot);

struct kvm_regs probe_vm_regs(struct probe_vm *vm); /* all ones if it cannot be read */
uint64_t probe_vm_read64(const struct probe_vm *vm, uint64_t gpa);
void probe_vm_write64(struct probe_vm *vm, uint64_t gpa, uint64_t value);

#endif
