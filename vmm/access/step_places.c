/*
 * step_places.c: the operands of a step, and where these are not known, the places where
 * else the instruction could touch a trapped page, one after the other.
 */
#include "decoder/fields.h"
#include "vmm/access/step_state.h"

/* What instructions without a handler use of the stack: iret and far ret above RSP, enter and far call below. */
#define STACK_ABOVE 64
#define STACK_BELOW 256
#define TSS_USED 104 /* Intel SDM Vol 3, "TSS in 64-bit Mode", "32-Bit TSS": what comes before the bitmap */

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
		if (operand.size == 0 || s->plan->insn) /* of a form of the table nothing else is touched */
			return (struct place){.size = 0};
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

	while (size > 0 && step_canonical(&regs, gva.v)) {
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
			enum outcome end;

			s->operand = pass == 0 ? NULL : &refs[i];
			end = step_reach_as(s, &plan->before, refs[i].gva, refs[i].size, refs[i].use,
					    step_use(refs[i].use), pass == 0);
			s->operand = NULL;
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
		return step_fence_handlers(s);
	}
	if (s->in_delivery)
		return plan_stop(
			s->plan,
			"delivering vector %d touches a virtual page (IDT, GDT, TSS or stack) that cannot be found",
			s->vector);
	return plan_stop(s->plan, "private step: \"%s\" touches a virtual page that cannot be found", s->plan->stepped);
}
