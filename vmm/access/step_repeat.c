/*
 * step_repeat.c: a REP in a private step does one element. KVM's emulator would go on with
 * the next ones, of which no keeper has been told.
 */
#include "vmm/access/commit.h"
#include "vmm/access/step_state.h"

static uint64_t count_mask(const struct insn *insn)
{
	return insn->mem.addr_size >= 8 ? UINT64_MAX : (1ull << (8 * insn->mem.addr_size)) - 1;
}

void step_one_element(struct step *s)
{
	const struct insn *insn = s->plan->insn;
	uint64_t mask;

	if (!insn || (insn->exec != EXEC_STRING && insn->exec != EXEC_PORT) ||
	    !(insn->fields.rep || insn->fields.repne))
		return;
	mask = count_mask(insn);
	if ((s->from.gpr[GPR_RCX] & mask) < 2)
		return;
	s->one_element = true;
	s->from.gpr[GPR_RCX] = (s->from.gpr[GPR_RCX] & ~mask) | 1;
	commit_cancel(s->vcpu, &s->from);
}

/* Intel SDM Vol 2, "REP/REPE/REPZ/REPNE/REPNZ": cmps and scas look at ZF too. */
static bool goes_on(const struct insn *insn, const struct regs *after)
{
	bool equal = after->rflags & RFLAGS_ZF;

	if (insn->exec == EXEC_PORT || (insn->string != STRING_CMPS && insn->string != STRING_SCAS))
		return true;
	return insn->fields.repne ? !equal : equal;
}

void step_element_done(const struct step *s, struct regs *after)
{
	const struct regs *before = &s->plan->before;
	uint64_t mask = count_mask(s->plan->insn), count = before->gpr[GPR_RCX] & mask;

	if (after->rip != before->rip || (after->gpr[GPR_RCX] & mask) == 0) {
		count--;
		if (goes_on(s->plan->insn, after))
			after->rip = before->rip;
	}
	after->gpr[GPR_RCX] = (before->gpr[GPR_RCX] & ~mask) | count;
}
