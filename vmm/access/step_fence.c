/*
 * step_fence.c: the fence that keeps an event from being delivered in a step, or ends a
 * delivery at the first instruction of its handler.
 *
 * KVM steps with the trap flag, which an event's delivery clears: a guest that takes
 * an exception in a step would run on with the pages open. So the descriptor table of
 * interrupts is closed meanwhile, and a delivery ends in EFAULT before it has an
 * effect. Where an event is to be delivered, the handlers' code is closed instead (or
 * begins with an OUT, where its page must stay open): the delivery is then done
 * exactly, and nothing behind it.
 *
 * SYSCALL and SYSRET end the trap flag too, where the kernel's mask or R11 have it clear: what they lead to is closed.
 * Sources: AMD64 APM Vol 3, "SYSCALL", "SYSRET"; Vol 2, "SYSCALL and SYSRET MSRs".
 */
#include "decoder/fields.h"
#include "vmm/access/fault.h"
#include "vmm/access/step_state.h"

#include <string.h>
#include <sys/ioctl.h>

#define EXCEPTIONS 32
#define VECTOR_GP 13
#define OPCODE_SYSCALL 0x05 /* of the two-byte map */
#define OPCODE_SYSRET 0x07
#define REX_W 8
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u

static const uint8_t out_fence[2] = {0xe6, STEP_FENCE_PORT}; /* out STEP_FENCE_PORT, al */

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
static bool fence_code(struct step *s, gpa_t gpa)
{
	struct step_fence *fence = &s->fences[s->nfences];
	uint8_t *bytes = ram_bytes(s->env->ram, gpa, sizeof(out_fence));

	if (!bytes || (gpa.v & PAGE_MASK) == PAGE_MASK || s->nfences == STEP_FENCES_MAX)
		return false;
	s->patched = true;
	if (memcmp(bytes, out_fence, sizeof(out_fence)) == 0)
		return true;
	*fence = (struct step_fence){.bytes = bytes};
	memcpy(fence->was, bytes, sizeof(out_fence));
	memcpy(bytes, out_fence, sizeof(out_fence));
	s->nfences++;
	return true;
}

/* Where KVM emulates, RIP is past the OUT already. */
static void look_for_out(struct step *s, uint64_t at)
{
	uint64_t rip = s->vcpu->run->s.regs.regs.rip;

	if (rip != at && rip != at + sizeof(out_fence))
		return;
	s->at_fence = true;
	s->fence_rip = at;
}

bool step_is_at_fence(struct step *s)
{
	if (!s->patched || s->vcpu->run->io.port != STEP_FENCE_PORT)
		return false;
	for (unsigned i = 0; i < s->nhandlers; i++)
		look_for_out(s, s->handlers[i].rip);
	if (s->has_target)
		look_for_out(s, s->target);
	return s->at_fence;
}

void step_look_at_target(struct step *s)
{
	struct regs now;
	uint8_t vector;

	fault_photo(s->vcpu, &now);
	if (s->has_target && s->patched && now.rip == s->target && fault_in_delivery(s->vcpu, &vector) &&
	    vector == VECTOR_GP)
		commit_cancel(s->vcpu, &now);
}

/* A handler that begins right before the stepped instruction: the OUT, two bytes, would change that. */
static bool overlaps_instruction(const struct step *s, gva_t linear)
{
	const struct regs *regs = &s->plan->before;
	uint64_t at = (regs->mode == MODE_64 ? 0 : regs->seg[SEG_CS].base) + regs->rip;

	return s->vector == STEP_NO_VECTOR && linear.v < at + s->plan->code_size && at < linear.v + sizeof(out_fence);
}

/* In real mode a table that nobody filled leads to itself: nothing to run, and not to be changed. */
static bool is_in_table(const struct step *s, gva_t linear)
{
	const struct kvm_dtable *idt = &step_sregs(s)->idt;

	return linear.v >= idt->base && linear.v <= idt->base + idt->limit;
}

static bool fence_at(struct step *s, gva_t linear, gpa_t gpa)
{
	if (!s->interpreted && fence_page(s, gpa))
		return true;
	return !overlaps_instruction(s, linear) && fence_code(s, gpa);
}

/* False if the handler could be reached and is not closed. */
static bool fence_handler(struct step *s, unsigned vector)
{
	struct regs regs = walk_implicit(&s->plan->before);
	uint8_t entry[16] = {0};
	struct step_gate gate;
	gva_t linear;
	gpa_t gpa;

	if (!step_gate_in_table(s, vector) || !step_peek(s, &regs, step_gate_at(s, vector), step_gate_size(s), entry))
		return true;
	gate = step_gate_of(s, entry);
	if (!gate.present || !step_gate_handler(s, &gate, &linear) || !page_at(s, linear, &gpa))
		return true;
	if (s->nhandlers == STEP_FENCES_MAX || is_in_table(s, linear))
		return false;
	s->handlers[s->nhandlers].rip = gate.handler;
	s->handlers[s->nhandlers].linear = linear;
	s->handlers[s->nhandlers].word = gate.word;
	s->handlers[s->nhandlers++].vector = (uint8_t)vector;
	return fence_at(s, linear, gpa);
}

/* False if the handler of the event to deliver is not closed. */
static bool fence_handlers(struct step *s)
{
	bool fenced = s->vector == STEP_NO_VECTOR || fence_handler(s, (unsigned)s->vector);

	for (unsigned vector = 0; vector < EXCEPTIONS; vector++)
		if ((int)vector != s->vector)
			(void)fence_handler(s, vector);
	return fenced;
}

/* The pages of the IDT. False, and none is closed, if the step needs one of them. */
static bool fence_table(struct step *s)
{
	const struct kvm_dtable *idt = &step_sregs(s)->idt;
	bool whole = true;
	gpa_t gpa;

	for (uint64_t at = idt->base & ~PAGE_MASK; at <= idt->base + idt->limit && whole; at += PAGE_SIZE)
		whole = !page_at(s, (gva_t){at}, &gpa) || fence_page(s, gpa);
	if (!whole)
		step_unfence(s);
	return whole;
}

static bool read_msr(const struct step *s, uint32_t index, uint64_t *value)
{
	struct {
		uint32_t count, padding; /* as struct kvm_msrs */
		struct kvm_msr_entry entry;
	} msr = {.count = 1, .entry = {.index = index}};

	if (ioctl(s->vcpu->fd, KVM_GET_MSRS, &msr) != 1)
		return false;
	*value = msr.entry.data;
	return true;
}

/* Where SYSCALL goes. Outside long mode, the low half of STAR. */
static bool syscall_target(const struct step *s, uint64_t *rip)
{
	uint32_t msr = !step_long_mode(s) ? MSR_STAR : s->plan->before.mode == MODE_64 ? MSR_LSTAR : MSR_CSTAR;

	if (!read_msr(s, msr, rip))
		return false;
	if (msr == MSR_STAR)
		*rip &= UINT32_MAX;
	return true;
}

/* False if the instruction may go where nothing stops it. A code segment has base 0 behind both. */
static bool fence_target(struct step *s)
{
	const struct regs *before = &s->plan->before;
	struct insn_fields f;
	uint64_t rip;
	gpa_t gpa;

	if (s->vector != STEP_NO_VECTOR)
		return true;
	if (fields_read(s->plan->code, s->plan->code_size, before->mode, &f) != FIELDS_OK || f.map != MAP_0F ||
	    f.encoding != ENC_LEGACY || (f.opcode != OPCODE_SYSCALL && f.opcode != OPCODE_SYSRET))
		return true;
	rip = f.rex & REX_W ? before->gpr[GPR_RCX] : (uint32_t)before->gpr[GPR_RCX];
	if (f.opcode == OPCODE_SYSCALL && !syscall_target(s, &rip))
		return false;
	s->has_target = true;
	s->target = rip;
	return !page_at(s, (gva_t){rip}, &gpa) || fence_at(s, (gva_t){rip}, gpa); /* or it faults there by itself */
}

static enum outcome fenced(struct step *s, bool all)
{
	return all ? OUTCOME_NEXT
		   : plan_stop(s->plan, "private step: what follows \"%s\" cannot be kept from running",
			       s->plan->stepped);
}

enum outcome step_fence_handlers(struct step *s)
{
	return fenced(s, fence_handlers(s) && fence_target(s));
}

enum outcome step_fence(struct step *s)
{
	if (s->vector == STEP_NO_VECTOR && !s->interpreted && fence_table(s))
		return fenced(s, fence_target(s));
	return step_fence_handlers(s);
}

int step_handler_at(const struct step *s, const struct regs *regs)
{
	uint64_t at = (regs->mode == MODE_64 ? 0 : regs->seg[SEG_CS].base) + regs->rip;

	for (unsigned i = 0; i < s->nhandlers; i++)
		if (s->handlers[i].linear.v == at)
			return (int)i;
	return -1;
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
