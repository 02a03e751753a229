#include "vmm/access/fault.h"

static void photo_segment(const struct kvm_segment *from, struct segment_reg *to)
{
	to->base = from->base;
	to->limit = from->limit;
	to->selector = from->selector;
	to->type = from->type;
	to->big = from->db;
	to->usable = !from->unusable && from->present;
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

static void photo_general(const struct kvm_regs *from, struct regs *to)
{
	to->gpr[GPR_RAX] = from->rax;
	to->gpr[GPR_RCX] = from->rcx;
	to->gpr[GPR_RDX] = from->rdx;
	to->gpr[GPR_RBX] = from->rbx;
	to->gpr[GPR_RSP] = from->rsp;
	to->gpr[GPR_RBP] = from->rbp;
	to->gpr[GPR_RSI] = from->rsi;
	to->gpr[GPR_RDI] = from->rdi;
	to->gpr[GPR_R8] = from->r8;
	to->gpr[GPR_R9] = from->r9;
	to->gpr[GPR_R10] = from->r10;
	to->gpr[GPR_R11] = from->r11;
	to->gpr[GPR_R12] = from->r12;
	to->gpr[GPR_R13] = from->r13;
	to->gpr[GPR_R14] = from->r14;
	to->gpr[GPR_R15] = from->r15;
	to->rip = from->rip;
	to->rflags = from->rflags;
}

/* Field by field where it stays: a record made as a whole is cleared first, by `rep stos`. */
void fault_photo(const struct vcpu *vcpu, struct regs *regs)
{
	const struct kvm_sregs *s = &vcpu->run->s.regs.sregs;

	photo_general(&vcpu->run->s.regs.regs, regs);
	photo_segment(&s->es, &regs->seg[SEG_ES]);
	photo_segment(&s->cs, &regs->seg[SEG_CS]);
	photo_segment(&s->ss, &regs->seg[SEG_SS]);
	photo_segment(&s->ds, &regs->seg[SEG_DS]);
	photo_segment(&s->fs, &regs->seg[SEG_FS]);
	photo_segment(&s->gs, &regs->seg[SEG_GS]);
	regs->cr0 = s->cr0;
	regs->cr2 = s->cr2;
	regs->cr3 = s->cr3;
	regs->cr4 = s->cr4;
	regs->efer = s->efer;
	regs->cpl = s->cr0 & CR0_PE ? s->ss.dpl : 0;
	regs->mode = mode_of(s);
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
