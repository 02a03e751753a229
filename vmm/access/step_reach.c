/*
 * step_reach.c: the way of a step to bytes of the guest's: the tables of its walks, the
 * bytes at an address, and those of the instruction itself.
 */
#include "vmm/access/step_state.h"

#include <stdio.h>
#include <string.h>

#define WALKS_MAX 16 /* more than levels: each round loads one entry of a table */

bool step_canonical(const struct regs *regs, uint64_t address)
{
	unsigned shift = regs->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

	return regs->mode != MODE_64 || (uint64_t)((int64_t)(address << shift) >> shift) == address;
}

enum walk_use step_use(enum mem_use use)
{
	return use == MEM_READ ? WALK_READ : WALK_WRITE;
}

enum outcome step_walk(struct step *s, const struct regs *regs, gva_t gva, enum walk_use use, gpa_t *gpa, bool *mapped)
{
	unsigned entry_size = (regs->cr4 & CR4_PAE) || (regs->efer & EFER_LMA) ? 8 : 4;
	struct step_page *page;
	struct walk w;

	*mapped = false;
	for (unsigned i = 0; i < WALKS_MAX; i++) {
		enum outcome end = OUTCOME_NEXT;

		walk(regs, &s->tables, s->env->translator->phys_bits, gva, use, &w);
		if (w.status != WALK_TABLE_ABSENT) {
			*mapped = w.status == WALK_OK;
			*gpa = w.gpa;
			return OUTCOME_NEXT;
		}
		/* where only stores trap, too: the CPU's own walk is a write to nested paging */
		if (!step_page_of(s, w.table_gpa) && trap_get(s->env->trap, w.table_gpa) == TRAP_STORES)
			end = step_open(s, w.table_gpa, &page);
		if (end == OUTCOME_NEXT)
			end = step_access(s, gva, w.table_gpa, entry_size, MEM_READ);
		if (end == OUTCOME_NEXT && !step_page_of(s, w.table_gpa))
			end = plan_stop(s->plan,
					"private step: the page walk of 0x%llx needs a table at gpa 0x%llx, "
					"which is not memory",
					(unsigned long long)gva.v, (unsigned long long)w.table_gpa.v);
		if (end != OUTCOME_NEXT)
			return end;
		step_load(s);
	}
	return plan_stop(s->plan, "private step: the page walk of 0x%llx changes while it is made",
			 (unsigned long long)gva.v);
}

enum outcome step_reach_as(struct step *s, const struct regs *regs, gva_t gva, unsigned size, enum mem_use use,
			   enum walk_use how, bool tables_only)
{
	while (size > 0 && step_canonical(regs, gva.v)) {
		unsigned here = (unsigned)(PAGE_SIZE - (gva.v & PAGE_MASK));
		enum outcome end;
		bool mapped;
		gpa_t gpa;

		if (here > size)
			here = size;
		if ((end = step_walk(s, regs, gva, how, &gpa, &mapped)) != OUTCOME_NEXT)
			return end;
		if (!mapped)
			return OUTCOME_NEXT;
		if (!tables_only && (end = step_access(s, gva, gpa, here, use)) != OUTCOME_NEXT)
			return end;
		gva.v += here;
		size -= here;
	}
	return OUTCOME_NEXT;
}

enum outcome step_reach(struct step *s, const struct regs *regs, gva_t gva, unsigned size, enum mem_use use)
{
	enum outcome end = step_reach_as(s, regs, gva, size, use, step_use(use), false);

	if (end == OUTCOME_NEXT)
		step_load(s);
	return end;
}

bool step_peek(struct step *s, const struct regs *regs, gva_t gva, unsigned size, void *out)
{
	for (unsigned at = 0; at < size; at++) {
		const uint8_t *byte;
		struct walk w;

		walk(regs, &s->tables, s->env->translator->phys_bits, (gva_t){gva.v + at}, WALK_READ, &w);
		if (w.status != WALK_OK || trap_get(s->env->trap, w.gpa) == TRAP_ALL)
			return false;
		byte = ram_bytes(s->env->ram, w.gpa, 1);
		if (!byte)
			return false;
		((uint8_t *)out)[at] = *byte;
	}
	return true;
}

/* --- the instruction ------------------------------------------------------------------- */

static gva_t code_at(const struct regs *regs, unsigned at)
{
	uint64_t linear = regs->seg[SEG_CS].base + regs->rip + at;

	return (gva_t){regs->mode == MODE_64 ? linear : (uint32_t)linear};
}

/* Open the page of the instruction's byte `at`, if it is mapped; what cannot be looked at is loaded at once. */
static enum outcome open_code(struct step *s, unsigned at)
{
	const struct regs *regs = &s->plan->before;
	gva_t gva = code_at(regs, at);
	unsigned rest = (unsigned)(PAGE_SIZE - (gva.v & PAGE_MASK));
	struct step_page *page;
	enum outcome end;
	bool mapped;
	gpa_t gpa;

	if ((end = step_walk(s, regs, gva, WALK_FETCH, &gpa, &mapped)) != OUTCOME_NEXT || !mapped)
		return end;
	page = step_page_of(s, gpa);
	if (!page && !trap_catches(s->env->trap, gpa, false)) {
		step_note(s, gpa);
		return OUTCOME_NEXT;
	}
	if (!page && (end = step_open(s, gpa, &page)) != OUTCOME_NEXT)
		return end;
	if (!page->blind)
		return OUTCOME_NEXT;
	if ((end = step_access(s, gva, gpa, rest < INSN_MAX - at ? rest : INSN_MAX - at, MEM_READ)) == OUTCOME_NEXT)
		step_load(s);
	return end;
}

/* How many bytes the CPU will fetch, as far as they can be seen; plan->insn and text are set. */
static unsigned look(struct step *s)
{
	struct plan *plan = s->plan;
	char why[sizeof(plan->why)];
	unsigned length = 0;

	plan->insn = NULL;
	memcpy(why, plan->why, sizeof(why));
	if (access_decode(s->env, plan) == OUTCOME_NEXT)
		length = plan->insn->length;
	else
		plan->insn = NULL;
	memcpy(plan->why, why, sizeof(why));
	if (plan->insn)
		snprintf(plan->stepped, sizeof(plan->stepped), "%s", plan->insn->text);
	else
		length = (unsigned)decode_text(s->env->decoder, plan->code, plan->code_size, plan->before.mode,
					       plan->stepped);
	return length;
}

enum outcome step_fetch(struct step *s)
{
	const struct regs *regs = &s->plan->before;
	unsigned first = (unsigned)(PAGE_SIZE - (code_at(regs, 0).v & PAGE_MASK));
	enum outcome end = open_code(s, 0);
	unsigned length;

	if (end != OUTCOME_NEXT)
		return end;
	length = look(s);
	if (length == 0 && first < INSN_MAX) { /* perhaps it goes on on the next page */
		if ((end = open_code(s, first)) != OUTCOME_NEXT)
			return end;
		length = look(s);
	}
	if (length == 0)
		length = s->plan->code_size;
	end = step_reach_as(s, regs, code_at(regs, 0), length, MEM_READ, WALK_FETCH, false);
	if (end != OUTCOME_NEXT)
		return end;
	step_load(s);
	look(s); /* what was loaded counts, if it is not what was seen */
	return OUTCOME_NEXT;
}
