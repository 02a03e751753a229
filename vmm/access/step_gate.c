/*
 * step_gate.c: the entries of the guest's table of interrupts, in each mode.
 * Sources: Intel SDM Vol 3, "64-Bit Mode IDT", "IDT Descriptors", "Interrupt and Exception
 * Handling in Real-Address Mode".
 */
#include "vmm/access/step_state.h"

#include <string.h>

#define TYPE_TASK_GATE 5
#define TYPE_32_BIT 8

bool step_long_mode(const struct step *s)
{
	return s->plan->before.efer & EFER_LMA;
}

bool step_real_mode(const struct step *s)
{
	return !(s->plan->before.cr0 & CR0_PE);
}

const struct kvm_sregs *step_sregs(const struct step *s)
{
	return &s->vcpu->run->s.regs.sregs;
}

unsigned step_gate_size(const struct step *s)
{
	return step_long_mode(s) ? 16 : step_real_mode(s) ? 4 : 8;
}

gva_t step_gate_at(const struct step *s, unsigned vector)
{
	return (gva_t){step_sregs(s)->idt.base + step_gate_size(s) * vector};
}

bool step_gate_in_table(const struct step *s, unsigned vector)
{
	return step_gate_size(s) * (vector + 1) - 1 <= step_sregs(s)->idt.limit;
}

static struct step_gate real_mode_gate(uint64_t entry)
{
	return (struct step_gate){
		.handler = entry & 0xffff,
		.selector = entry >> 16 & 0xffff,
		.dpl = 3,
		.word = 2,
		.present = true,
	};
}

struct step_gate step_gate_of(const struct step *s, const uint8_t bytes[16])
{
	struct step_gate gate;
	uint64_t entry[2];
	unsigned type;

	memcpy(entry, bytes, sizeof(entry));
	if (step_real_mode(s))
		return real_mode_gate(entry[0]);
	type = entry[0] >> 40 & 0xf;
	gate = (struct step_gate){
		.handler = (entry[0] & 0xffff) | (entry[0] >> 32 & 0xffff0000),
		.selector = entry[0] >> 16 & 0xffff,
		.dpl = entry[0] >> 45 & 3,
		.word = type & TYPE_32_BIT ? 4 : 2,
		.task = type == TYPE_TASK_GATE,
		.present = entry[0] >> 47 & 1,
	};
	if (step_long_mode(s)) {
		gate.handler |= entry[1] << 32;
		gate.ist = entry[0] >> 32 & 7;
		gate.word = 8;
	} else if (gate.word == 2) {
		gate.handler &= 0xffff;
	}
	return gate;
}

gva_t step_descriptor_at(const struct step *s, uint16_t selector)
{
	const struct kvm_sregs *sregs = step_sregs(s);

	return (gva_t){(selector & 4 ? sregs->ldt.base : sregs->gdt.base) + (selector & ~7u)};
}

uint32_t step_descriptor_base(uint64_t descriptor)
{
	return (uint32_t)((descriptor >> 16 & 0xffffff) | (descriptor >> 56 & 0xff) << 24);
}

bool step_gate_handler(struct step *s, const struct step_gate *gate, gva_t *linear)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t descriptor;

	*linear = (gva_t){gate->handler};
	if (step_long_mode(s))
		return true;
	if (step_real_mode(s)) {
		linear->v += (uint64_t)gate->selector << 4;
		return true;
	}
	if (!step_peek(s, &regs, step_descriptor_at(s, gate->selector), 8, &descriptor))
		return false;
	linear->v = (uint32_t)(linear->v + step_descriptor_base(descriptor));
	return true;
}
