/*
 * doctor.h: what this host's KVM can do, found by running small guests on it.
 *
 * Nothing is concluded from a name or a version: every item is tried. A KVM that
 * hangs a probe gives "hangs", and the whole examination ends within 10 s.
 */
#ifndef VMM_DOCTOR_DOCTOR_H
#define VMM_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum doctor_id {
	DOCTOR_DEVICE, /* /dev/kvm can be opened */
	DOCTOR_API, /* its API version is 12 */
	DOCTOR_CAPABILITIES, /* every KVM_CAP_* that lodestore needs */
	DOCTOR_VM, /* a VM with memory and a vCPU can be made */
	DOCTOR_RUN_0, /* a loop runs, at CPL 0 */
	DOCTOR_RUN_3,
	DOCTOR_LOAD_0, /* a load of a PROT_NONE page ends in EFAULT, nothing executed */
	DOCTOR_LOAD_3,
	DOCTOR_STORE_0,
	DOCTOR_STORE_3,
	DOCTOR_READONLY_0, /* PROT_READ: loads go through, a store ends in EFAULT */
	DOCTOR_READONLY_3,
	DOCTOR_LOCK_0, /* a locked read-modify-write is trapped as one */
	DOCTOR_LOCK_3,
	DOCTOR_WIDE_0, /* a 16-byte store is trapped as one */
	DOCTOR_WIDE_3,
	DOCTOR_STEP_0, /* KVM_GUESTDBG_SINGLESTEP stops after one instruction */
	DOCTOR_STEP_3,
	DOCTOR_INJECT_0, /* KVM_SET_VCPU_EVENTS delivers an exception with its error code */
	DOCTOR_INJECT_3,
	DOCTOR_SYNC_REGS, /* registers travel in kvm_run, also with EFAULT */
	DOCTOR_AVX_0, /* the guest's YMM registers: written by it, read by KVM_GET_XSAVE, and back */
	DOCTOR_AVX_3,
	DOCTOR_AVX512_0,
	DOCTOR_AVX512_3,
	DOCTOR_MMIO_RIP, /* at KVM_EXIT_MMIO RIP is on a load, and past a store */
	DOCTOR_SYSCALL, /* `syscall` at CPL 3 enters at CPL 0 */
	DOCTOR_INT, /* `int N` at CPL 3 reaches its gate */
	DOCTOR_IRQCHIP,
	DOCTOR_PIT,
	DOCTOR_IMMEDIATE_EXIT, /* KVM_RUN comes back with nothing run */
	DOCTOR_EXIT_COST_0, /* ns of a KVM_RUN that ends at an OUT */
	DOCTOR_EXIT_COST_3,
	DOCTOR_FAULT_COST_0, /* ns of a KVM_RUN that ends in EFAULT */
	DOCTOR_FAULT_COST_3,
	DOCTOR_ITEMS,
};

enum doctor_result {
	DOCTOR_UNTRIED, /* what it builds on is missing, or time ran out */
	DOCTOR_YES,
	DOCTOR_NO,
	DOCTOR_EMULATED, /* KVM carried the access out itself: KVM_EXIT_MMIO */
	DOCTOR_HANGS,
};

struct doctor_item {
	enum doctor_result result;
	char detail[160]; /* in words; never empty unless the result is DOCTOR_YES */
	uint64_t ns; /* DOCTOR_RUN_*: of one iteration of a loop of two instructions; DOCTOR_*_COST_*: median */
};

enum doctor_kvm { DOCTOR_KVM_UNKNOWN, DOCTOR_KVM_INTEL, DOCTOR_KVM_AMD, DOCTOR_KVM_PVM };

/* What lodestore's own tests can be run on. */
enum doctor_fit { DOCTOR_FIT_NO, DOCTOR_FIT_CPL3, DOCTOR_FIT_YES };

#define DOCTOR_FOLLOWS 10

struct doctor_findings {
	enum doctor_kvm kvm;
	char kvm_text[64]; /* "kvm_amd, npt=1" */
	struct doctor_item items[DOCTOR_ITEMS];
	/* what follows from the items */
	bool cpl0_interpreted; /* KVM emulates every instruction at CPL 0 */
	bool cpl0_exact, cpl3_exact; /* every access to a virtual page traps by EFAULT, whole */
	enum doctor_fit fit;
	char reason[200]; /* empty if DOCTOR_FIT_YES */
	unsigned nfollows;
	char follows[DOCTOR_FOLLOWS][160]; /* for the user, in words */
};

/*
 * Examine /dev/kvm, without measuring costs (those items stay DOCTOR_UNTRIED).
 * 0 if a guest could be run at all: *out is complete, look at out->fit. Else -ENODEV,
 * *why (n bytes) says in words what is missing, and *out is untouched. The signal
 * SIGRTMIN+5 is used meanwhile, and given back. Takes 0.1 to 1 s.
 */
int doctor_probe(struct doctor_findings *out, char *why, size_t n);

/* As doctor_probe(), one item only. Takes some ms. */
int doctor_ask(enum doctor_id id, struct doctor_item *out, char *why, size_t n);

/*
 * The verb: examine, with costs, and print it on out, as text or as one JSON object
 * {kvm, kernel, items: [{name, result, detail, ns}], follows, fit, reason}. The exit
 * status: STATUS_OK if fit at least at CPL 3, else STATUS_HOST.
 */
int doctor(bool json, FILE *out);

/* "load-cpl0": the name of an item; "emulated"; "cpl3-only". */
const char *doctor_name(enum doctor_id id);
const char *doctor_result_name(enum doctor_result result);
const char *doctor_fit_name(enum doctor_fit fit);

#endif
