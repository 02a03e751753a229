/*
 * step_event.c: an exception, interrupt or INT instruction that is delivered in a
 * private step, and the fence that keeps one from being delivered in a step.
 *
 * KVM steps with the trap flag, which an event's delivery clears: a guest that takes
 * an exception in a step would run on with the pages open. So the descriptor table of
 * interrupts is closed meanwhile, and a delivery ends in EFAULT before it has an
 * effect. Where an event is to be delivered, its handler's code is closed instead:
 * the delivery is then done exactly, and nothing behind it.
 * Sources: Intel SDM Vol 3, "64-Bit Mode IDT", "64-Bit Mode Stack Frame",
 * "Interrupt Stack Table", "Call-Gate Descriptors".
 */
#include "decoder/fields.h"
#include "vmm/access/step_state.h"

#include "vmm/access/fault.h"

#include <string.h>

#define EXCEPTIONS 32
#define TSS_RSP0 4
#define TSS_IST1 36
#define FRAME_WORDS 5 /* SS, RSP, RFLAGS, CS, RIP */

static bool long_mode(const struct step *s)
{
	return s->plan->before.efer & EFER_LMA;
}

static const struct kvm_sregs *sregs_of(const struct step *s)
{
	return &s->vcpu->run->s.regs.sregs;
}

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

void step_event_find(struct step *s)
{
	const struct kvm_vcpu_events *events = &s->vcpu->run->s.regs.events;
	uint8_t vector;

	s->software = s->has_frame = false;
	if (s->in_delivery && fault_in_delivery(s->vcpu, &vector)) {
		s->vector = vector;
		s->has_error = events->exception.injected && events->exception.has_error_code;
		return;
	}
	s->vector = software_vector(s);
	s->has_error = false;
	s->software = s->vector != STEP_NO_VECTOR;
}

/* --- what delivery reads and writes, in long mode ---------------------------------------- */

struct gate {
	uint64_t handler;
	uint16_t selector;
	uint8_t ist; /* 0: no stack of its own */
	bool present;
};

static struct gate gate_of(const uint64_t entry[2])
{
	return (struct gate){
		.handler = (entry[0] & 0xffff) | (entry[0] >> 32 & 0xffff0000) | entry[1] << 32,
		.selector = entry[0] >> 16 & 0xffff,
		.ist = entry[0] >> 32 & 7,
		.present = entry[0] >> 47 & 1,
	};
}

static gva_t gate_at(const struct step *s, unsigned vector)
{
	return (gva_t){sregs_of(s)->idt.base + 16 * vector};
}

/* Descriptor of a selector, in the GDT or the LDT. */
static gva_t descriptor_at(const struct step *s, uint16_t selector)
{
	const struct kvm_sregs *sregs = sregs_of(s);

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
static enum outcome stack_of(struct step *s, const struct regs *regs, const struct gate *gate, unsigned level,
			     uint64_t *top, bool *had)
{
	uint64_t tss = sregs_of(s)->tr.base;

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

	s->frame.v = (top & ~15ull) - size;
	s->has_frame = true;
	return step_reach(s, regs, s->frame, size, MEM_WRITE);
}

enum outcome step_event_reach(struct step *s)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t entry[2], descriptor, top;
	enum outcome end;
	struct gate gate;
	bool had;

	if (!long_mode(s))
		return OUTCOME_NEXT; /* other modes have other frames: found by trying */
	end = read_field(s, &regs, gate_at(s, (unsigned)s->vector), 16, entry, &had);
	if (end != OUTCOME_NEXT || !had)
		return end;
	gate = gate_of(entry);
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

/* --- the fence -------------------------------------------------------------------------------- */

/* Close the page that gva leads to. False if the step needs it open, or if it cannot be closed. */
static bool fence_page(struct step *s, gva_t gva)
{
	struct regs regs = walk_implicit(&s->plan->before);
	struct walk w;

	walk(&regs, &s->tables, s->env->translator->phys_bits, gva, WALK_READ, &w);
	if (w.status != WALK_OK)
		return true; /* nobody gets there without a fault */
	w.gpa.v &= ~PAGE_MASK;
	if (trap_get(s->env->trap, w.gpa) == TRAP_ALL)
		return true;
	if (step_page_of(s, w.gpa) || step_notes(s, w.gpa) || s->nfences == STEP_FENCES_MAX)
		return false;
	s->fences[s->nfences].gpa = w.gpa;
	s->fences[s->nfences].mode = trap_get(s->env->trap, w.gpa);
	if (trap_set(s->env->trap, w.gpa, TRAP_ALL) < 0)
		return false;
	s->nfences++;
	return true;
}

static bool fence_handler(struct step *s, unsigned vector)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t entry[2];

	if (16 * vector + 15 > sregs_of(s)->idt.limit || !step_peek(s, &regs, gate_at(s, vector), 16, entry))
		return true;
	return !gate_of(entry).present || fence_page(s, (gva_t){gate_of(entry).handler});
}

void step_fence_handlers(struct step *s)
{
	s->fence_whole = long_mode(s);
	for (unsigned vector = 0; vector < EXCEPTIONS && long_mode(s); vector++)
		s->fence_whole &= fence_handler(s, vector);
	if (s->vector >= EXCEPTIONS && long_mode(s))
		s->fence_whole &= fence_handler(s, (unsigned)s->vector);
}

static void fence_table(struct step *s)
{
	const struct kvm_dtable *idt = &sregs_of(s)->idt;

	s->fence_whole = true;
	for (uint64_t at = idt->base & ~PAGE_MASK; at <= idt->base + idt->limit && s->fence_whole; at += PAGE_SIZE)
		s->fence_whole = fence_page(s, (gva_t){at});
	if (s->fence_whole)
		return;
	step_unfence(s);
	step_fence_handlers(s);
}

void step_fence(struct step *s)
{
	if (s->vector == STEP_NO_VECTOR)
		fence_table(s);
	else
		step_fence_handlers(s);
}

void step_unfence(struct step *s)
{
	while (s->nfences > 0) {
		s->nfences--;
		(void)trap_set(s->env->trap, s->fences[s->nfences].gpa, s->fences[s->nfences].mode);
	}
}
