#include "vmm/access/commit.h"

#include "guest/abi/virtual.h"
#include "vmm/access/fault.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define VECTOR_DB 1
#define VECTOR_PF 14
#define DR6_BS 0x4000ull

static void put_registers(struct vcpu *vcpu, const struct regs *regs)
{
	struct kvm_regs *r = &vcpu->run->s.regs.regs;

	r->rax = regs->gpr[GPR_RAX];
	r->rcx = regs->gpr[GPR_RCX];
	r->rdx = regs->gpr[GPR_RDX];
	r->rbx = regs->gpr[GPR_RBX];
	r->rsp = regs->gpr[GPR_RSP];
	r->rbp = regs->gpr[GPR_RBP];
	r->rsi = regs->gpr[GPR_RSI];
	r->rdi = regs->gpr[GPR_RDI];
	r->r8 = regs->gpr[GPR_R8];
	r->r9 = regs->gpr[GPR_R9];
	r->r10 = regs->gpr[GPR_R10];
	r->r11 = regs->gpr[GPR_R11];
	r->r12 = regs->gpr[GPR_R12];
	r->r13 = regs->gpr[GPR_R13];
	r->r14 = regs->gpr[GPR_R14];
	r->r15 = regs->gpr[GPR_R15];
	r->rip = regs->rip;
	r->rflags = regs->rflags;
	vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
}

/* The shadow of sti and mov ss covers one instruction, and that one has now happened. */
static void end_interrupt_shadow(struct vcpu *vcpu)
{
	struct kvm_vcpu_events *events = &vcpu->run->s.regs.events;

	if (!events->interrupt.shadow)
		return;
	events->interrupt.shadow = 0;
	events->flags |= KVM_VCPUEVENT_VALID_SHADOW;
	vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_EVENTS;
}

static void raise(struct vcpu *vcpu, const struct fault *fault)
{
	struct kvm_vcpu_events *events = &vcpu->run->s.regs.events;

	events->exception.injected = 1;
	events->exception.pending = 0;
	events->exception.nr = fault->vector;
	events->exception.has_error_code = fault->has_error;
	events->exception.error_code = fault->error;
	vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_EVENTS;
}

/* Intel SDM Vol 3, "Single-Step Exception Condition": a trap after the instruction, DR6.BS set. */
static void trap_single_step(struct vcpu *vcpu)
{
	struct kvm_debugregs debug;

	if (ioctl(vcpu->fd, KVM_GET_DEBUGREGS, &debug) == 0) {
		debug.dr6 |= DR6_BS;
		(void)ioctl(vcpu->fd, KVM_SET_DEBUGREGS, &debug);
	}
	raise(vcpu, &(struct fault){.vector = VECTOR_DB});
}

void commit_step(struct vcpu *vcpu, struct plan *plan, bool traps)
{
	const struct regs *after = &plan->after.regs;
	struct regs shown;

	fault_photo(vcpu, &shown);
	if (shown.rip != after->rip || shown.rflags != after->rflags ||
	    memcmp(shown.gpr, after->gpr, sizeof(shown.gpr)) != 0)
		put_registers(vcpu, after);
	if (traps)
		trap_single_step(vcpu);
	plan->committed = true;
}

void commit_interrupt(struct vcpu *vcpu, uint64_t rip, uint8_t vector)
{
	struct kvm_vcpu_events *events = &vcpu->run->s.regs.events;

	vcpu->run->s.regs.regs.rip = rip;
	/* Intel SDM Vol 3, "VM-Entry Event Injection": an external interrupt needs it */
	vcpu->run->s.regs.regs.rflags |= RFLAGS_IF;
	events->interrupt.injected = 1;
	events->interrupt.nr = vector;
	events->interrupt.soft = 0;
	vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS;
}

static void put_fault(struct vcpu *vcpu, const struct plan *plan)
{
	if (plan->fault.vector == VECTOR_PF) {
		vcpu->run->s.regs.sregs.cr2 = plan->cr2;
		vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_SREGS;
	}
	raise(vcpu, &plan->fault);
}

void commit_done(struct vcpu *vcpu, struct plan *plan)
{
	commit_run(vcpu, &plan->after.regs, plan->vector != NULL);
	if (plan->partial)
		put_fault(vcpu, plan);
	else if (plan->before.rflags & RFLAGS_TF)
		trap_single_step(vcpu);
	plan->committed = true;
}

void commit_fault(struct vcpu *vcpu, const struct plan *plan)
{
	vcpu->vector_changed |= plan->vector_changed;
	put_fault(vcpu, plan);
}

void commit_run(struct vcpu *vcpu, const struct regs *regs, bool vector)
{
	put_registers(vcpu, regs);
	end_interrupt_shadow(vcpu);
	vcpu->vector_changed |= vector;
}

int commit_vector(struct vcpu *vcpu)
{
	bool changed = vcpu->vector_changed;

	vcpu->vector_read = vcpu->vector_changed = false;
	return changed && ioctl(vcpu->fd, KVM_SET_XSAVE, vcpu->vector->area) < 0 ? -errno : 0;
}

void commit_ask(struct vcpu *vcpu)
{
	raise(vcpu, &(struct fault){.vector = GUEST_VECTOR_ACCESS});
}

void commit_interrupt_cancel(struct vcpu *vcpu, const struct regs *before)
{
	vcpu->run->s.regs.events.interrupt.injected = 0;
	vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_EVENTS;
	put_registers(vcpu, before);
}

void commit_photo(const struct vcpu *vcpu, struct commit_photo *out)
{
	out->regs = vcpu->run->s.regs.regs;
	out->sregs = vcpu->run->s.regs.sregs;
	out->events = vcpu->run->s.regs.events;
	out->has_vector = false;
}

int commit_photo_vector(struct vcpu *vcpu, struct commit_photo *out)
{
	if (ioctl(vcpu->fd, KVM_GET_XSAVE, out->area) < 0)
		return -errno;
	out->has_vector = true;
	return 0;
}

int commit_undo(struct vcpu *vcpu, const struct commit_photo *photo)
{
	vcpu->run->s.regs.regs = photo->regs;
	vcpu->run->s.regs.sregs = photo->sregs;
	vcpu->run->s.regs.events = photo->events;
	vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
	if (!photo->has_vector)
		return 0;
	return ioctl(vcpu->fd, KVM_SET_XSAVE, photo->area) < 0 ? -errno : 0;
}

void commit_cancel(struct vcpu *vcpu, const struct regs *before)
{
	struct kvm_vcpu_events *events = &vcpu->run->s.regs.events;

	put_registers(vcpu, before);
	if (events->exception.injected || events->exception.pending) {
		events->exception.injected = events->exception.pending = 0;
		vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_EVENTS;
	}
}
