/*
 * step_event.c: an exception, interrupt or INT instruction that is delivered in a
 * private step.
 * Sources: Intel SDM Vol 3, "64-Bit Mode Stack Frame", "Interrupt Stack Table",
 * "Exception- or Interrupt-Handler Procedures", "Task-State Segment (TSS)".
 */
#include "decoder/fields.h"
#include "vmm/access/step_state.h"

#include "vmm/access/commit.h"
#include "vmm/access/fault.h"

#define VECTOR_GP 13
#define TSS_RSP0 4
#define TSS_IST1 36
#define FRAME_WORDS 5 /* SS, RSP, RFLAGS, CS, RIP */
#define FRAME_WORDS_SAME 3 /* outside long mode, at the same level: no SS and ESP */
#define TSS_32_BIT 8 /* of its type */
#define DESCRIPTOR_CONFORMING (1ull << 42)
#define DESCRIPTOR_BIG (1ull << 54)

void step_event_find(struct step *s)
{
	const struct kvm_vcpu_events *events = &s->vcpu->run->s.regs.events;
	uint8_t vector;

	if (!fault_in_delivery(s->vcpu, &vector))
		return;
	s->vector = vector;
	s->has_error = events->exception.injected && events->exception.has_error_code;
}

/* --- what delivery reads and writes -------------------------------------------------------- */

/* A field of the guest's tables, its loads told; false if it cannot be had, and then the CPU will fault itself. */
static enum outcome read_field(struct step *s, const struct regs *regs, gva_t at, unsigned size, void *out, bool *had)
{
	enum outcome end = step_reach(s, regs, at, size, MEM_READ);

	*had = end == OUTCOME_NEXT && step_peek(s, regs, at, size, out);
	return end;
}

/* A gate, told as one load. *had: it is there. */
static enum outcome read_gate(struct step *s, const struct regs *regs, unsigned vector, struct step_gate *gate,
			      bool *had)
{
	uint8_t entry[16] = {0};
	enum outcome end = OUTCOME_NEXT;

	*had = step_gate_in_table(s, vector);
	if (*had)
		end = read_field(s, regs, step_gate_at(s, vector), step_gate_size(s), entry, had);
	*gate = step_gate_of(s, entry);
	return end;
}

/* Where a frame goes: its stack's base, the pointer above it, and how wide that is. */
struct stack {
	uint64_t base, top, mask;
	unsigned words; /* of the frame, without an error code */
};

static struct stack stack_in_use(const struct regs *before, unsigned words)
{
	struct stack stack = {.base = before->seg[SEG_SS].base, .mask = UINT64_MAX, .words = words};

	if (before->stack_size < 8)
		stack.mask = (1ull << (8 * before->stack_size)) - 1;
	if (before->efer & EFER_LMA)
		stack.base = 0;
	stack.top = before->gpr[GPR_RSP] & stack.mask;
	return stack;
}

/* Long mode: the stack of the gate, of the new privilege level, or the one in use, aligned to 16. */
static enum outcome long_stack(struct step *s, const struct regs *regs, const struct step_gate *gate, unsigned level,
			       struct stack *stack, bool *had)
{
	uint64_t tss = step_sregs(s)->tr.base;
	enum outcome end = OUTCOME_NEXT;

	*stack = stack_in_use(&s->plan->before, FRAME_WORDS);
	stack->mask = UINT64_MAX;
	*had = true;
	if (gate->ist)
		end = read_field(s, regs, (gva_t){tss + TSS_IST1 + 8 * (gate->ist - 1u)}, 8, &stack->top, had);
	else if (level < s->plan->before.cpl)
		end = read_field(s, regs, (gva_t){tss + TSS_RSP0 + 8 * level}, 8, &stack->top, had);
	stack->top &= ~15ull;
	return end;
}

/* Protected mode, to a more privileged level: the stack that a TSS of 16 or 32 bits says. */
static enum outcome inner_stack(struct step *s, const struct regs *regs, unsigned level, struct stack *stack, bool *had)
{
	const struct kvm_segment *tr = &step_sregs(s)->tr;
	bool wide = tr->type & TSS_32_BIT;
	uint64_t descriptor, top = 0, selector = 0;
	gva_t at = {tr->base + (wide ? 4 + 8 * level : 2 + 4 * level)};
	unsigned size = wide ? 4 : 2;
	enum outcome end = read_field(s, regs, at, size, &top, had);

	at.v += size;
	if (end == OUTCOME_NEXT && *had)
		end = read_field(s, regs, at, 2, &selector, had);
	if (end == OUTCOME_NEXT && *had)
		end = read_field(s, regs, step_descriptor_at(s, (uint16_t)selector), 8, &descriptor, had);
	if (end != OUTCOME_NEXT || !*had)
		return end;
	stack->base = step_descriptor_base(descriptor);
	stack->mask = descriptor & DESCRIPTOR_BIG ? UINT32_MAX : UINT16_MAX;
	stack->top = top;
	stack->words = FRAME_WORDS;
	return OUTCOME_NEXT;
}

static enum outcome stack_of(struct step *s, const struct regs *regs, const struct step_gate *gate, uint64_t descriptor,
			     struct stack *stack, bool *had)
{
	unsigned level = descriptor >> 45 & 3;

	if (step_long_mode(s))
		return long_stack(s, regs, gate, level, stack, had);
	*stack = stack_in_use(&s->plan->before, FRAME_WORDS_SAME);
	*had = true;
	if (step_real_mode(s) || descriptor & DESCRIPTOR_CONFORMING || level >= s->plan->before.cpl)
		return OUTCOME_NEXT;
	return inner_stack(s, regs, level, stack, had);
}

static enum outcome reach_frame(struct step *s, const struct regs *regs, const struct step_gate *gate,
				const struct stack *stack)
{
	unsigned size = gate->word * (stack->words + (s->has_error && !step_real_mode(s)));
	gva_t at = {stack->base + ((stack->top - size) & stack->mask)};

	if (!step_long_mode(s))
		at.v = (uint32_t)at.v;
	return step_reach(s, regs, at, size, MEM_WRITE);
}

enum outcome step_event_reach(struct step *s)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t descriptor = 0;
	struct step_gate gate;
	struct stack stack;
	enum outcome end;
	bool had;

	if (s->plan->before.rflags & RFLAGS_VM)
		return plan_stop(s->plan, "delivering vector %d in virtual-8086 mode touches a virtual page",
				 s->vector);
	end = read_gate(s, &regs, (unsigned)s->vector, &gate, &had);
	if (end != OUTCOME_NEXT || !had || !gate.present)
		return end;
	if (gate.task)
		return plan_stop(s->plan, "delivering vector %d through a task gate touches a virtual page", s->vector);
	if (!step_real_mode(s))
		end = read_field(s, &regs, step_descriptor_at(s, gate.selector), 8, &descriptor, &had);
	if (end == OUTCOME_NEXT && had)
		end = stack_of(s, &regs, &gate, descriptor, &stack, &had);
	return end == OUTCOME_NEXT && had ? reach_frame(s, &regs, &gate, &stack) : end;
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
	case 0xce: /* it does not exist in 64-bit mode, and there raises #UD by itself */
		return plan->before.mode != MODE_64 && plan->before.rflags & RFLAGS_OF ? 4 : STEP_NO_VECTOR;
	case 0xf1:
		return 1;
	default:
		return STEP_NO_VECTOR;
	}
}

/* A gate below the guest's level is #GP with the gate as error code; INT1 is not checked, nor is real mode. */
static enum outcome check_gate(struct step *s, unsigned vector)
{
	struct regs regs = walk_implicit(&s->plan->before);
	struct step_gate gate;
	enum outcome end;
	bool had;

	if (s->plan->before.rflags & RFLAGS_VM)
		return plan_stop(s->plan, "private step: \"%s\" in virtual-8086 mode", s->plan->stepped);
	if (!step_gate_in_table(s, vector))
		return plan_fault(s->plan, VECTOR_GP, true, 8 * vector + 2);
	end = read_gate(s, &regs, vector, &gate, &had);
	if (end == OUTCOME_NEXT && had && vector != 1 && gate.dpl < s->plan->before.cpl)
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
