/*
 * commit.h: the only writer of guest state while the guest runs.
 *
 * Nothing here does an ioctl for general registers: what is written to the sync
 * area goes into the vCPU with the next KVM_RUN. Vector state stays in the vCPU's record
 * until commit_vector(), so that several accesses between two KVM_RUNs cost one transfer.
 */
#ifndef VMM_ACCESS_COMMIT_H
#define VMM_ACCESS_COMMIT_H

#include "vmm/access/access.h"
#include "vmm/machine/vcpu.h"

/* After OUTCOME_NEXT: the instruction has happened; a partial one up to its fault, which the guest then takes. */
void commit_done(struct vcpu *vcpu, struct plan *plan);

/* In a run: instructions have happened that left these registers; vector: and changed the vector state. */
void commit_run(struct vcpu *vcpu, const struct regs *regs, bool vector);

/*
 * Before KVM_RUN, and before KVM is asked for vector state: what has changed goes into the vCPU, and
 * the next one who wants it reads it there. 0 or -errno (KVM refuses it).
 */
int commit_vector(struct vcpu *vcpu);

/* After OUTCOME_NEXT of a private step: the vCPU has gone on; put right what it shows. traps: as in struct step_end. */
void commit_step(struct vcpu *vcpu, struct plan *plan, bool traps);

/*
 * An INT instruction: RIP past it, and its vector is delivered as an interrupt before
 * anything else runs. For that IF is set; the step clears it again where it went to.
 */
void commit_interrupt(struct vcpu *vcpu, uint64_t rip, uint8_t vector);
/* It was not delivered: as before. */
void commit_interrupt_cancel(struct vcpu *vcpu, const struct regs *before);

/* After OUTCOME_FAULT: the guest takes plan->fault at the instruction. */
void commit_fault(struct vcpu *vcpu, const struct plan *plan);

/* The guest's kernel takes GUEST_VECTOR_ACCESS where the vCPU is: its record says why. After any of the former. */
void commit_ask(struct vcpu *vcpu);

/* All of a vCPU that one instruction can change, but MSRs that have no register of their own. */
struct commit_photo {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_vcpu_events events;
	bool has_vector; /* the area is filled */
	uint8_t area[XSAVE_AREA];
};

/* What the sync area has; the vector state separately, since it costs an ioctl: 0 or -errno. */
void commit_photo(const struct vcpu *vcpu, struct commit_photo *out);
int commit_photo_vector(struct vcpu *vcpu, struct commit_photo *out);

/* An instruction that has run on the vCPU is undone: all registers as in the photo. 0 or -errno, and then some are not.
 */
int commit_undo(struct vcpu *vcpu, const struct commit_photo *photo);

/* Put back the registers from before an emulation of KVM's that was cancelled, and any exception it raised. */
void commit_cancel(struct vcpu *vcpu, const struct regs *before);

#endif
