/*
 * step_event.c: an exception, interrupt or INT instruction that is delivered in a
 * private step.
 * Sources: Intel SDM Vol 3, "64-Bit Mode IDT", "64-Bit Mode Stack Frame",
 * "Interrupt Stack Table", "Call-Gate Descriptors".
 */
#include "decoder/fields.h"
#include "vmm/access/step_state.h"

#include "vmm/access/commit.h"
#include "vmm/access/fault.h"

#define VECTOR_GP 13
#define TSS_RSP0 4
#define TSS_IST1 36
#define FRAME_WORDS 5 /* SS, RSP, RFLAGS, CS, RIP */

void step_event_find(struct step *s)
{
	const struct kvm_vcpu_events *events = &s->vcpu->run->s.regs.events;
	uint8_t vector;

	if (!fault_in_delivery(s->vcpu, &vector))
		return;
	s->vector = vector;
	s->has_error = events->exception.injected && events->exception.has_error_code;
}

/* --- what delivery reads and writes, in long mode ---------------------------------------- */

/* Descriptor of a selector, in the GDT or the LDT. */
static gva_t descriptor_at(const struct step *s, uint16_t selector)
{
	const struct kvm_sregs *sregs = step_sregs(s);

	return (gva_t){(selector & 4 ? sregs->ldt.base : sregs->gdt.base) + (selector & ~7u)};
}

/* A field of the guest's tables, its loads told; false if it cannot be had, and then the CPU will fault itself. */
static enum outcome read_field(struct step *s, const struct regs *regs, gva_t at, unsigned size, void *out, bool *had)
{
	enum outcome end = step_reach(s, regs, at, size, MEM_READ);

	*had = end == OUTCOME_NEXT && step_peek(s, regs, at, size, out);
	return end;
}

/* Where the frame goes: below the stack of the gate, of the new privilege level, or the one in use. */
static enum outcome stack_of(struct step *s, const struct regs *regs, const struct step_gate *gate, unsigned level,
			     uint64_t *top, bool *had)
{
	uint64_t tss = step_sregs(s)->tr.base;

	*had = true;
	*top = s->plan->before.gpr[GPR_RSP];
	if (gate->ist)
		return read_field(s, regs, (gva_t){tss + TSS_IST1 + 8 * (gate->ist - 1u)}, 8, top, had);
	if (level < s->plan->before.cpl)
		return read_field(s, regs, (gva_t){tss + TSS_RSP0 + 8 * level}, 8, top, had);
	return OUTCOME_NEXT;
}

static enum outcome reach_frame(struct step *s, const struct regs *regs, uint64_t top)
{
	unsigned size = 8 * (FRAME_WORDS + s->has_error);

	return step_reach(s, regs, (gva_t){(top & ~15ull) - size}, size, MEM_WRITE);
}

enum outcome step_event_reach(struct step *s)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t entry[2], descriptor, top;
	enum outcome end;
	struct step_gate gate;
	bool had;

	if (!step_long_mode(s))
		return OUTCOME_NEXT; /* other modes have other frames: found by trying */
	end = read_field(s, &regs, step_gate_at(s, (unsigned)s->vector), 16, entry, &had);
	if (end != OUTCOME_NEXT || !had)
		return end;
	gate = step_gate_of(entry);
	if (!gate.present)
		return OUTCOME_NEXT;
	end = read_field(s, &regs, descriptor_at(s, gate.selector), 8, &descriptor, &had);
	if (end != OUTCOME_NEXT || !had)
		return end;
	end = stack_of(s, &regs, &gate, descriptor >> 45 & 3, &top, &had);
	if (end != OUTCOME_NEXT || !had)
		return end;
	return reach_frame(s, &regs, top);
}

/* --- INT instructions -------------------------------------------------------------------------- */

/* Intel SDM Vol 2, "INT n/INTO/INT3/INT1". */
static int software_vector(const struct step *s)
{
	const struct plan *plan = s->plan;
	struct insn_fields f;

	if (fields_read(plan->code, plan->code_size, plan->before.mode, &f) != FIELDS_OK || f.map != MAP_0 ||
	    f.encoding != ENC_LEGACY)
		return STEP_NO_VECTOR;
	switch (f.opcode) {
	case 0xcc:
		return 3;
	case 0xcd:
		return f.imm_at < plan->code_size ? plan->code[f.imm_at] : STEP_NO_VECTOR;
	case 0xf1:
		return 1;
	default:
		return STEP_NO_VECTOR;
	}
}

/* A gate below the guest's level is #GP with the gate as error code; INT1 is not checked. */
static enum outcome check_gate(struct step *s, unsigned vector)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t entry[2];
	enum outcome end;
	bool had;

	if (!step_long_mode(s))
		return plan_stop(s->plan, "private step: \"%s\" outside long mode", s->plan->stepped);
	if (16 * vector + 15 > step_sregs(s)->idt.limit)
		return plan_fault(s->plan, VECTOR_GP, true, 8 * vector + 2);
	end = read_field(s, &regs, step_gate_at(s, vector), 16, entry, &had);
	if (end == OUTCOME_NEXT && had && vector != 1 && step_gate_of(entry).dpl < s->plan->before.cpl)
		end = plan_fault(s->plan, VECTOR_GP, true, 8 * vector + 2);
	return end;
}

enum outcome step_event_software(struct step *s)
{
	int vector = software_vector(s);
	struct insn_fields f;
	enum outcome end;

	if (vector == STEP_NO_VECTOR || fields_read(s->plan->code, s->plan->code_size, s->plan->before.mode, &f))
		return OUTCOME_NEXT;
	step_undo(s);
	if (step_close(s) < 0)
		return plan_stop(s->plan, "private step: a page cannot be closed again");
	s->nused = 0;
	if ((end = check_gate(s, (unsigned)vector)) != OUTCOME_NEXT)
		return end;
	s->vector = vector;
	s->in_delivery = s->software = true;
	s->from.rflags |= RFLAGS_IF;
	s->from.rip += f.imm_at + (f.opcode == 0xcd);
	commit_interrupt(s->vcpu, s->from.rip, (uint8_t)vector);
	return OUTCOME_NEXT;
}
