/*
 * step_event.c: an exception, interrupt or INT instruction that is delivered in a
 * private step, and the fence that keeps one from being delivered in a step.
 *
 * KVM steps with the trap flag, which an event's delivery clears: a guest that takes
 * an exception in a step would run on with the pages open. So the descriptor table of
 * interrupts is closed meanwhile, and a delivery ends in EFAULT before it has an
 * effect. Where an event is to be delivered, the handlers' code is closed instead (or
 * begins with an OUT, where its page must stay open): the delivery is then done
 * exactly, and nothing behind it.
 * Sources: Intel SDM Vol 3, "64-Bit Mode IDT", "64-Bit Mode Stack Frame",
 * "Interrupt Stack Table", "Call-Gate Descriptors".
 */
#include "decoder/fields.h"
#include "vmm/access/step_state.h"

#include "vmm/access/commit.h"
#include "vmm/access/fault.h"

#include <string.h>

#define EXCEPTIONS 32
#define VECTOR_GP 13

static const uint8_t out_fence[2] = {0xe6, STEP_FENCE_PORT}; /* out STEP_FENCE_PORT, al */
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

struct gate {
	uint64_t handler;
	uint16_t selector;
	uint8_t ist; /* 0: no stack of its own */
	uint8_t dpl;
	bool present;
};

static struct gate gate_of(const uint64_t entry[2])
{
	return (struct gate){
		.handler = (entry[0] & 0xffff) | (entry[0] >> 32 & 0xffff0000) | entry[1] << 32,
		.selector = entry[0] >> 16 & 0xffff,
		.ist = entry[0] >> 32 & 7,
		.dpl = entry[0] >> 45 & 3,
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

	return step_reach(s, regs, (gva_t){(top & ~15ull) - size}, size, MEM_WRITE);
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

	if (!long_mode(s))
		return plan_stop(s->plan, "private step: \"%s\" outside long mode", s->plan->stepped);
	if (16 * vector + 15 > sregs_of(s)->idt.limit)
		return plan_fault(s->plan, VECTOR_GP, true, 8 * vector + 2);
	end = read_field(s, &regs, gate_at(s, vector), 16, entry, &had);
	if (end == OUTCOME_NEXT && had && vector != 1 && gate_of(entry).dpl < s->plan->before.cpl)
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

/* --- the fence -------------------------------------------------------------------------------- */

/* The page that gva leads to, without touching anything. False where nobody gets without a fault. */
static bool page_at(struct step *s, gva_t gva, gpa_t *gpa)
{
	struct regs regs = walk_implicit(&s->plan->before);
	struct walk w;

	walk(&regs, &s->tables, s->env->translator->phys_bits, gva, WALK_READ, &w);
	*gpa = w.gpa;
	return w.status == WALK_OK;
}

/* Close a page. False if the step needs it open, or if it cannot be closed. */
static bool fence_page(struct step *s, gpa_t gpa)
{
	struct step_fence *fence = &s->fences[s->nfences];

	gpa.v &= ~PAGE_MASK;
	if (trap_get(s->env->trap, gpa) == TRAP_ALL)
		return true;
	if (step_page_of(s, gpa) || step_notes(s, gpa) || s->nfences == STEP_FENCES_MAX)
		return false;
	*fence = (struct step_fence){.gpa = gpa, .mode = trap_get(s->env->trap, gpa)};
	if (trap_set(s->env->trap, gpa, TRAP_ALL) < 0)
		return false;
	s->nfences++;
	return true;
}

/*
 * On a page that must stay open: an OUT, which every KVM reports before anything
 * happens. (A breakpoint would not do: not every KVM takes it from the guest.)
 */
static void fence_code(struct step *s, gpa_t gpa)
{
	struct step_fence *fence = &s->fences[s->nfences];
	uint8_t *bytes = ram_bytes(s->env->ram, gpa, sizeof(out_fence));

	if (!bytes || (gpa.v & PAGE_MASK) == PAGE_MASK || s->nfences == STEP_FENCES_MAX ||
	    memcmp(bytes, out_fence, sizeof(out_fence)) == 0)
		return;
	*fence = (struct step_fence){.bytes = bytes};
	memcpy(fence->was, bytes, sizeof(out_fence));
	memcpy(bytes, out_fence, sizeof(out_fence));
	s->nfences++;
	s->patched = true;
}

bool step_is_at_fence(struct step *s)
{
	const struct kvm_run *run = s->vcpu->run;

	for (unsigned i = 0; i < s->nhandlers && s->patched && run->io.port == STEP_FENCE_PORT; i++) {
		uint64_t rip = s->handlers[i].rip;

		/* where KVM emulates, RIP is past the OUT already */
		if (run->s.regs.regs.rip != rip && run->s.regs.regs.rip != rip + sizeof(out_fence))
			continue;
		s->at_fence = true;
		s->fence_rip = rip;
	}
	return s->at_fence;
}

static void fence_handler(struct step *s, unsigned vector)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint64_t entry[2];
	struct gate gate;
	gpa_t gpa;

	if (16 * vector + 15 > sregs_of(s)->idt.limit || !step_peek(s, &regs, gate_at(s, vector), 16, entry))
		return;
	gate = gate_of(entry);
	if (!gate.present || !page_at(s, (gva_t){gate.handler}, &gpa) || s->nhandlers == STEP_FENCES_MAX)
		return;
	s->handlers[s->nhandlers].rip = gate.handler;
	s->handlers[s->nhandlers++].vector = (uint8_t)vector;
	if (s->interpreted || !fence_page(s, gpa))
		fence_code(s, gpa);
}

void step_fence_handlers(struct step *s)
{
	if (!long_mode(s))
		return;
	for (unsigned vector = 0; vector < EXCEPTIONS; vector++)
		fence_handler(s, vector);
	if (s->vector >= EXCEPTIONS)
		fence_handler(s, (unsigned)s->vector);
}

/* The pages of the IDT. If the step needs one of them, the handlers that it leads to. */
static void fence_table(struct step *s)
{
	const struct kvm_dtable *idt = &sregs_of(s)->idt;
	bool whole = true;
	gpa_t gpa;

	for (uint64_t at = idt->base & ~PAGE_MASK; at <= idt->base + idt->limit && whole; at += PAGE_SIZE)
		whole = !page_at(s, (gva_t){at}, &gpa) || fence_page(s, gpa);
	if (whole)
		return;
	step_unfence(s);
	step_fence_handlers(s);
}

void step_fence(struct step *s)
{
	if (s->vector == STEP_NO_VECTOR && !s->interpreted)
		fence_table(s);
	else
		step_fence_handlers(s);
}

void step_unfence(struct step *s)
{
	while (s->nfences > 0) {
		const struct step_fence *fence = &s->fences[--s->nfences];

		if (fence->bytes)
			memcpy(fence->bytes, fence->was, sizeof(fence->was));
		else
			(void)trap_set(s->env->trap, fence->gpa, fence->mode);
	}
	s->patched = false;
}
