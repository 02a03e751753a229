#include "vmm/access/fault.h"

static struct segment_reg segment_of(const struct kvm_segment *from)
{
	return (struct segment_reg){
		.base = from->base,
		.limit = from->limit,
		.selector = from->selector,
		.type = from->type,
		.big = from->db,
		.usable = !from->unusable && from->present,
	};
}

/* Intel SDM Vol 3, "Operating Modes"; Vol 1, "Operand Size and Address Size in 64-Bit Mode". */
static enum cpu_mode mode_of(const struct kvm_sregs *sregs)
{
	if (!(sregs->cr0 & CR0_PE))
		return MODE_16;
	if ((sregs->efer & EFER_LMA) && sregs->cs.l)
		return MODE_64;
	return sregs->cs.db ? MODE_32 : MODE_16;
}

void fault_photo(const struct vcpu *vcpu, struct regs *regs)
{
	const struct kvm_regs *r = &vcpu->run->s.regs.regs;
	const struct kvm_sregs *s = &vcpu->run->s.regs.sregs;

	*regs = (struct regs){
		.gpr = {r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi, r->r8, r->r9, r->r10, r->r11,
			r->r12, r->r13, r->r14, r->r15},
		.rip = r->rip,
		.rflags = r->rflags,
		.seg = {segment_of(&s->es), segment_of(&s->cs), segment_of(&s->ss), segment_of(&s->ds),
			segment_of(&s->fs), segment_of(&s->gs)},
		.cr0 = s->cr0,
		.cr2 = s->cr2,
		.cr3 = s->cr3,
		.cr4 = s->cr4,
		.efer = s->efer,
		.cpl = s->cr0 & CR0_PE ? s->ss.dpl : 0,
		.mode = mode_of(s),
	};
	regs->stack_size = regs->mode == MODE_64 ? 8 : s->ss.db ? 4 : 2;
}

bool fault_in_delivery(const struct vcpu *vcpu, uint8_t *vector)
{
	const struct kvm_vcpu_events *events = &vcpu->run->s.regs.events;

	if (events->exception.injected)
		*vector = events->exception.nr;
	else if (events->interrupt.injected)
		*vector = events->interrupt.nr;
	else if (events->nmi.injected)
		*vector = 2;
	else
		return false;
	return true;
}
