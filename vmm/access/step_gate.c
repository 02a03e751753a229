/*
 * step_gate.c: the entries of the guest's table of interrupts.
 * Sources: Intel SDM Vol 3, "64-Bit Mode IDT".
 */
#include "vmm/access/step_state.h"

bool step_long_mode(const struct step *s)
{
	return s->plan->before.efer & EFER_LMA;
}

const struct kvm_sregs *step_sregs(const struct step *s)
{
	return &s->vcpu->run->s.regs.sregs;
}

struct step_gate step_gate_of(const uint64_t entry[2])
{
	return (struct step_gate){
		.handler = (entry[0] & 0xffff) | (entry[0] >> 32 & 0xffff0000) | entry[1] << 32,
		.selector = entry[0] >> 16 & 0xffff,
		.ist = entry[0] >> 32 & 7,
		.dpl = entry[0] >> 45 & 3,
		.present = entry[0] >> 47 & 1,
	};
}

gva_t step_gate_at(const struct step *s, unsigned vector)
{
	return (gva_t){step_sregs(s)->idt.base + 16 * vector};
}
