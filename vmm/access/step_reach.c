/*
 * step_reach.c: which bytes one instruction can touch: the tables of its walks, its
 * own bytes, its operands; and where these are not known, the places where else it
 * could touch a trapped page, one after the other.
 */
#include "decoder/fields.h"
#include "vmm/access/commit.h"
#include "vmm/access/step_state.h"

#include <stdio.h>
#include <string.h>

#define WALKS_MAX 16 /* more than levels: each round loads one entry of a table */
/* What instructions without a handler use of the stack: iret and far ret above RSP, enter and far call below. */
#define STACK_ABOVE 64
#define STACK_BELOW 256
#define TSS_USED 104 /* Intel SDM Vol 3, "TSS in 64-bit Mode", "32-Bit TSS": what comes before the bitmap */

static bool canonical(const struct regs *regs, uint64_t address)
{
	unsigned shift = regs->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

	return regs->mode != MODE_64 || (uint64_t)((int64_t)(address << shift) >> shift) == address;
}

static enum walk_use use_of(enum mem_use use)
{
	return use == MEM_READ ? WALK_READ : WALK_WRITE;
}

enum outcome step_walk(struct step *s, const struct regs *regs, gva_t gva, enum walk_use use, gpa_t *gpa, bool *mapped)
{
	unsigned entry_size = (regs->cr4 & CR4_PAE) || (regs->efer & EFER_LMA) ? 8 : 4;
	struct walk w;

	*mapped = false;
	for (unsigned i = 0; i < WALKS_MAX; i++) {
		enum outcome end;

		walk(regs, &s->tables, s->env->translator->phys_bits, gva, use, &w);
		if (w.status != WALK_TABLE_ABSENT) {
			*mapped = w.status == WALK_OK;
			*gpa = w.gpa;
			return OUTCOME_NEXT;
		}
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

/* One call of reach for each page of [gva, gva+size). */
static enum outcome reach_as(struct step *s, const struct regs *regs, gva_t gva, unsigned size, enum mem_use use,
			     enum walk_use how, bool tables_only)
{
	while (size > 0 && canonical(regs, gva.v)) {
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
	enum outcome end = reach_as(s, regs, gva, size, use, use_of(use), false);

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
	end = reach_as(s, regs, code_at(regs, 0), length, MEM_READ, WALK_FETCH, false);
	if (end != OUTCOME_NEXT)
		return end;
	step_load(s);
	look(s); /* what was loaded counts, if it is not what was seen */
	return OUTCOME_NEXT;
}

/* --- where else ----------------------------------------------------------------------------- */

/* A run of linear addresses that the instruction may touch. */
struct place {
	gva_t gva;
	unsigned size; /* 0: this instruction has no such place */
	bool implicit; /* reached with the rights of the supervisor */
};

/* The operand that ModRM spells, for an instruction that the table does not hold: its address, not its size. */
static struct place operand_place(const struct step *s)
{
	const struct plan *plan = s->plan;
	struct insn insn = {.mode = plan->before.mode, .exec = EXEC_STUB};
	struct memref refs[MEMREF_MAX];

	if (fields_read(plan->code, plan->code_size, insn.mode, &insn.fields) != FIELDS_OK ||
	    !fields_names_memory(&insn.fields))
		return (struct place){.size = 0};
	insn.mem = fields_mem(&insn.fields, plan->code, insn.mode);
	insn.mem.present = true;
	insn.mem.use = MEM_READ;
	insn.mem.size = 1;
	insn.length =
		plan->insn ? plan->insn->length
			   : (uint8_t)decode_text(s->env->decoder, plan->code, plan->code_size, insn.mode, insn.text);
	if (memrefs_of(&insn, &plan->before, NULL, refs) != 1)
		return (struct place){.size = 0};
	return (struct place){.gva = refs[0].gva, .size = 1};
}

static struct place page_at(gva_t gva)
{
	return (struct place){.gva = {gva.v & ~PAGE_MASK}, .size = PAGE_SIZE};
}

static struct place table_at(uint64_t base, uint32_t limit, unsigned most)
{
	unsigned size = limit < most ? limit + 1 : most;

	return (struct place){.gva = {base}, .size = size, .implicit = true};
}

static uint64_t base_of(const struct regs *regs, enum segment seg)
{
	return regs->mode == MODE_64 && seg != SEG_FS && seg != SEG_GS ? 0 : regs->seg[seg].base;
}

#define PLACES 8

/* The places in the order in which they are tried. */
static struct place place(const struct step *s, unsigned n)
{
	const struct kvm_sregs *sregs = &s->vcpu->run->s.regs.sregs;
	const struct regs *regs = &s->plan->before;
	uint64_t rsp = base_of(regs, SEG_SS) + regs->gpr[GPR_RSP];
	struct place operand;

	switch (n) {
	case 0:
	case 1:
		operand = operand_place(s);
		if (operand.size == 0)
			return operand;
		return page_at((gva_t){operand.gva.v + n * PAGE_SIZE});
	case 2:
		return (struct place){.gva = {rsp}, .size = STACK_ABOVE};
	case 3:
		return (struct place){.gva = {rsp - STACK_BELOW}, .size = STACK_BELOW};
	case 4:
		return page_at((gva_t){base_of(regs, SEG_ES) + regs->gpr[GPR_RDI]});
	case 5:
		return table_at(sregs->gdt.base, sregs->gdt.limit, 1u << 16);
	case 6:
		return table_at(sregs->ldt.base, sregs->ldt.unusable ? 0 : sregs->ldt.limit, 1u << 16);
	case 7:
		return table_at(sregs->tr.base, sregs->tr.limit, TSS_USED);
	}
	return (struct place){.size = 0};
}

static enum outcome try_place(struct step *s, struct place where)
{
	struct regs regs = where.implicit ? walk_implicit(&s->plan->before) : s->plan->before;
	gva_t gva = where.gva;
	unsigned size = where.size;

	while (size > 0 && canonical(&regs, gva.v)) {
		unsigned here = (unsigned)(PAGE_SIZE - (gva.v & PAGE_MASK));
		enum outcome end;
		bool mapped;
		gpa_t gpa;

		if (here > size)
			here = size;
		if ((end = step_walk(s, &regs, gva, WALK_READ, &gpa, &mapped)) != OUTCOME_NEXT)
			return end;
		if (mapped && (end = step_access_any(s, gva, gpa, here)) != OUTCOME_NEXT)
			return end;
		gva.v += here;
		size -= here;
	}
	step_load(s);
	return OUTCOME_NEXT;
}

/* Tables first, so that no operand is loaded before all of them are admitted. */
enum outcome step_operands(struct step *s)
{
	const struct vector_state *vector = NULL;
	struct plan *plan = s->plan;
	struct memref refs[MEMREF_MAX];
	unsigned n;

	if (!plan->insn)
		return try_place(s, place(s, s->guess++));
	if (plan->insn->flags & INSN_MASKED) {
		enum outcome end = plan_vector(s->env, plan);

		if (end != OUTCOME_NEXT)
			return end;
		vector = plan->vector;
	}
	n = memrefs_of(plan->insn, &plan->before, vector, refs);
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < n; i++) {
			enum outcome end = reach_as(s, &plan->before, refs[i].gva, refs[i].size, refs[i].use,
						    use_of(refs[i].use), pass == 0);

			if (end != OUTCOME_NEXT)
				return end;
		}
	step_load(s);
	return OUTCOME_NEXT;
}

enum outcome step_guess(struct step *s)
{
	while (s->guess < PLACES) {
		unsigned pages = s->npages;
		enum outcome end = try_place(s, place(s, s->guess++));

		if (end != OUTCOME_NEXT || s->npages > pages)
			return end;
	}
	if (s->guess++ == PLACES && s->nfences > 0) { /* perhaps it uses what is fenced */
		step_unfence(s);
		step_fence_handlers(s);
		return OUTCOME_NEXT;
	}
	if (s->in_delivery)
		return plan_stop(
			s->plan,
			"delivering vector %d touches a virtual page (IDT, GDT, TSS or stack) that cannot be found",
			s->vector);
	return plan_stop(s->plan, "private step: \"%s\" touches a virtual page that cannot be found", s->plan->stepped);
}

/* --- REP ----------------------------------------------------------------------------------------- */

static uint64_t count_mask(const struct insn *insn)
{
	return insn->mem.addr_size >= 8 ? UINT64_MAX : (1ull << (8 * insn->mem.addr_size)) - 1;
}

/* KVM's emulator would go on with the next elements, of which no keeper has been told. */
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
