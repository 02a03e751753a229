/* decode.c: the bytes at RIP, read as the CPU would fetch them, to an instruction. */
#include "vmm/access/access.h"

#include "vmm/execute/register_stub.h"

#include <string.h>

#define VECTOR_UD 6
#define VECTOR_GP 13

bool access_translate(const struct access_env *env, const struct regs *regs, gva_t gva, enum walk_use use, gpa_t *gpa)
{
	const struct walk *w = &translate(env->translator, regs, gva, use, NULL)->walk;

	if (w->status != WALK_OK)
		return false;
	gpa->v = w->gpa.v + (gva.v & PAGE_MASK);
	return true;
}

/* Nearly always all of them at once: then in the pieces in which they are looked up (decoder/cache.c). */
static void copy_code(uint8_t *code, const uint8_t *bytes, unsigned n)
{
	if (n != INSN_MAX) {
		memcpy(code, bytes, n);
		return;
	}
	memcpy(code, bytes, 8);
	memcpy(code + 8, bytes + 8, 4);
	memcpy(code + 12, bytes + 12, 2);
	code[14] = bytes[14];
}

/* As many bytes at rip as are mapped and memory, to INSN_MAX. The gpa of the first is *gpa. */
static unsigned fetch(const struct access_env *env, const struct regs *regs, uint8_t code[INSN_MAX], gpa_t *gpa)
{
	uint64_t linear = regs->seg[SEG_CS].base + regs->rip;
	unsigned got = 0;

	while (got < INSN_MAX) {
		gva_t at = {regs->mode == MODE_64 ? linear + got : (uint32_t)(linear + got)};
		unsigned n = (unsigned)(PAGE_SIZE - (at.v & PAGE_MASK));
		const struct translation *page = translate(env->translator, regs, at, WALK_FETCH, NULL);

		if (page->walk.status != WALK_OK)
			break;
		if (got == 0)
			gpa->v = page->walk.gpa.v + (at.v & PAGE_MASK);
		if (!page->bytes)
			break;
		if (n > INSN_MAX - got)
			n = INSN_MAX - got;
		copy_code(code + got, page->bytes + (at.v & PAGE_MASK), n);
		got += n;
	}
	return got;
}

/* Not a byte of it is memory that can be read. */
static __attribute__((cold)) enum outcome unread(struct access_env *env, struct plan *plan, gpa_t gpa)
{
	if (trap_get(env->trap, gpa) == TRAP_ALL)
		return plan_step(plan, "instruction fetch from the virtual page at gpa 0x%llx",
				 (unsigned long long)(gpa.v & ~PAGE_MASK));
	return OUTCOME_RETRY; /* the CPU will raise its own fault */
}

static enum outcome unknown(struct access_env *env, struct plan *plan, enum decode_status status)
{
	char text[INSN_TEXT];

	if (!decode_text(env->decoder, plan->code, plan->code_size, plan->before.mode, text))
		strcpy(text, "(bad)");
	return plan_step(plan, "cannot carry out the instruction \"%s\": %s", text, decode_status_name(status));
}

static __attribute__((cold)) enum outcome undecoded(struct access_env *env, struct plan *plan,
						    enum decode_status status)
{
	switch (status) {
	case DECODE_OK:
		return OUTCOME_NEXT;
	case DECODE_INVALID:
		return plan_fault(plan, VECTOR_UD, false, 0);
	case DECODE_TOO_LONG: /* Intel SDM Vol 2, "Instruction Format": measured, #GP goes first */
		return plan_fault(plan, VECTOR_GP, true, 0);
	case DECODE_TRUNCATED:
		return OUTCOME_RETRY;
	case DECODE_UNKNOWN:
	case DECODE_DISAGREE:
		break;
	}
	return unknown(env, plan, status);
}

enum outcome access_decode(struct access_env *env, struct plan *plan)
{
	gpa_t gpa = {0};
	enum decode_status status;

	if ((plan->before.cr0 & CR0_PE) && (plan->before.rflags & RFLAGS_VM))
		return plan_stop(plan, "virtual-8086 mode is not carried out");
	plan->code_size = (uint8_t)fetch(env, &plan->before, plan->code, &gpa);
	if (plan->code_size == 0)
		return unread(env, plan, gpa);
	status = decode_cached(env->decoder, plan->code, plan->code_size, plan->before.mode, &plan->insn);
	return status == DECODE_OK ? OUTCOME_NEXT : undecoded(env, plan, status);
}

enum outcome access_decode_register(struct access_env *env, struct plan *plan)
{
	struct insn *insn = &plan->register_form;

	if (plan->code_size == 0 || !register_form(plan->code, plan->code_size, plan->before.mode, insn))
		return OUTCOME_STEP;
	if (!decode_text(env->decoder, plan->code, plan->code_size, plan->before.mode, insn->text))
		strcpy(insn->text, "(x87)");
	plan->insn = insn;
	return OUTCOME_NEXT;
}
