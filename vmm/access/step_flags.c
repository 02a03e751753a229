/*
 * step_flags.c: KVM steps by setting the trap flag, and takes it out of the flags it
 * shows. What the guest's instruction itself copies out of the flags, or into them, it
 * does not see: that is put right here.
 * Sources: Intel SDM Vol 2, "PUSHF", "POPF", "IRET", "SYSCALL", "SYSRET".
 */
#include "decoder/fields.h"
#include "vmm/access/step_state.h"

#include <string.h>

/* In the second byte of FLAGS. */
#define SECOND_TF 0x1
#define SECOND_IF 0x2

/* The guest's stack `at` bytes above the stack pointer, where nothing is trapped now. NULL if it is not to be had. */
static uint8_t *stack_byte(struct step *s, const struct regs *regs, uint64_t at)
{
	uint64_t base = regs->mode == MODE_64 ? 0 : regs->seg[SEG_SS].base;
	uint64_t rsp = regs->gpr[GPR_RSP] + at;
	struct walk w;

	if (regs->stack_size < 8)
		rsp &= (1ull << (8 * regs->stack_size)) - 1;
	walk(regs, &s->tables, s->env->translator->phys_bits, (gva_t){base + rsp}, WALK_READ, &w);
	return w.status == WALK_OK ? ram_bytes(s->env->ram, w.gpa, 1) : NULL;
}

/* TF is the lowest bit of the second byte of FLAGS. */
static bool trap_flag_at(struct step *s, const struct regs *regs, uint64_t at)
{
	const uint8_t *byte = stack_byte(s, regs, at + 1);

	return byte && (*byte & SECOND_TF);
}

static void clear_flags(uint8_t *second, uint8_t flags)
{
	if (second)
		*second &= (uint8_t)~flags;
}

/* The operand size of a flags or return instruction; in 64-bit mode pushf and popf are 8 wide unless 66. */
static unsigned width_of(const struct insn_fields *f, const struct regs *regs)
{
	bool is_iret = f->opcode == 0xcf;

	if (regs->mode == MODE_64)
		return f->opsize ? 2 : is_iret && !(f->rex & 8) ? 4 : 8;
	return (regs->mode == MODE_32) == !f->opsize ? 4 : 2;
}

static void set_trap_flag(struct regs *after, bool trap)
{
	after->rflags = (after->rflags & ~RFLAGS_TF) | (trap ? RFLAGS_TF : 0);
}

static void one_byte_map(struct step *s, const struct insn_fields *f, struct regs *after)
{
	const struct regs *before = &s->plan->before;

	if (f->opcode == 0x9c && !(before->rflags & RFLAGS_TF))
		clear_flags(stack_byte(s, after, 1), SECOND_TF);
	if (f->opcode == 0x9d)
		set_trap_flag(after, trap_flag_at(s, before, 0));
	if (f->opcode == 0xcf)
		set_trap_flag(after, trap_flag_at(s, before, 2 * width_of(f, before)));
}

static void two_byte_map(struct step *s, const struct insn_fields *f, struct regs *after)
{
	const struct regs *before = &s->plan->before;

	if (f->opcode == 0x05 && !(before->rflags & RFLAGS_TF))
		after->gpr[GPR_R11] &= ~RFLAGS_TF;
	if (f->opcode == 0x05)
		set_trap_flag(after, false);
	if (f->opcode == 0x07)
		set_trap_flag(after, before->gpr[GPR_R11] & RFLAGS_TF);
}

/* Vectors that push an error code. Intel SDM Vol 3, "Exception and Interrupt Reference". */
static bool pushes_error(unsigned vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 ||
	       vector == 30;
}

/* Has the guest come to a fenced handler? Then the flags were pushed: error code, RIP, CS, RFLAGS. */
static bool is_in_handler(struct step *s, const struct regs *after, uint8_t **flags)
{
	int i = step_handler_at(s, after);
	bool error;

	if (i < 0)
		return false;
	error = !step_real_mode(s) && pushes_error(s->handlers[i].vector) &&
		!(s->software && s->handlers[i].vector == s->vector);
	*flags = stack_byte(s, after, s->handlers[i].word * (2u + error) + 1);
	return true;
}

/* An INT instruction was delivered with IF set, which it need not have been. */
static void interrupted(struct step *s, struct regs *after)
{
	uint8_t *flags;

	if (!s->software || (s->plan->before.rflags & RFLAGS_IF) || !is_in_handler(s, after, &flags))
		return;
	clear_flags(flags, SECOND_IF);
	after->rflags &= ~RFLAGS_IF;
}

void step_flags(struct step *s, struct regs *after)
{
	const struct plan *plan = s->plan;
	struct insn_fields f;
	uint8_t *flags;

	if (s->vector != STEP_NO_VECTOR) {
		interrupted(s, after); /* there is no trap flag in a delivery */
		return;
	}
	set_trap_flag(after, plan->before.rflags & RFLAGS_TF);
	if (after->rip == plan->before.rip)
		return; /* an element of a REP, or nothing but an event to come */
	if (is_in_handler(s, after, &flags)) {
		if (!(plan->before.rflags & RFLAGS_TF))
			clear_flags(flags, SECOND_TF);
		set_trap_flag(after, false);
		return;
	}
	if (fields_read(plan->code, plan->code_size, plan->before.mode, &f) != FIELDS_OK || f.encoding != ENC_LEGACY)
		return;
	if (f.map == MAP_0)
		one_byte_map(s, &f, after);
	else if (f.map == MAP_0F)
		two_byte_map(s, &f, after);
}
