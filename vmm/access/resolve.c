/*
 * resolve.c: every address of the instruction, checked and translated.
 *
 * The architecture's faults are found here, in its order: segment and canonical
 * checks, the operand's own alignment, the page walk of each page, #AC. Nothing is
 * changed, so a fault leaves no trace.
 */
#include "capmodel/rare.h"
#include "vmm/access/access.h"
#include "vmm/access/check.h"

#define VECTOR_SS 12
#define VECTOR_PF 14

#define FXSAVE_SIZE 512

#define IOAPIC_PAGE 0xfec00000ull
#define LAPIC_PAGE 0xfee00000ull

static bool kvm_device(const struct access_env *env, gpa_t gpa)
{
	uint64_t page = gpa.v & ~PAGE_MASK;

	return env->has_irqchip && (page == LAPIC_PAGE || page == IOAPIC_PAGE);
}

static __attribute__((cold)) enum outcome absent(struct access_env *env, struct plan *plan, gpa_t gpa, unsigned size,
						 enum mem_use use)
{
	if (kvm_device(env, gpa))
		return plan_stop(plan,
				 "one operand is virtual and another lies in KVM's interrupt controller at gpa 0x%llx",
				 (unsigned long long)gpa.v);
	if (env->ones_for_absent) {
		env->absent_accesses++;
		return OUTCOME_NEXT;
	}
	plan_stop(plan, "%s of %u byte%s at gpa 0x%llx, which is neither memory nor kept",
		  use == MEM_READ ? "load" : "store", size, size == 1 ? "" : "s", (unsigned long long)gpa.v);
	return OUTCOME_REFUSED;
}

static enum access_op op_of(enum mem_use use)
{
	switch (use) {
	case MEM_READ_WRITE:
		return ACCESS_RMW;
	case MEM_WRITE:
		return ACCESS_STORE;
	case MEM_READ:
	case MEM_NONE:
		break;
	}
	return ACCESS_LOAD;
}

/* is_open: to the guest, so that others reach its memory without us: what keeps it keeps it no more. */
static void fill(const struct plan *plan, struct part *part, const struct space_slot *slot, enum trap_mode mode,
		 bool is_open, gpa_t gpa)
{
	const struct memref *ref = &plan->refs[part->ref];
	const struct capability *cap = &slot->cap;
	struct access *a = &part->access;

	a->op = op_of(ref->use);
	a->locked = ref->locked;
	a->implicit = ref->role != MEMREF_OPERAND;
	a->has_before = false;
	a->gpa = gpa.v;
	a->offset = gpa.v - slot->start.v;
	if ((slot->stores_only && a->op == ACCESS_LOAD) || (is_open && slot->under.type == CAP_PAGE))
		cap = &slot->under;
	else
		a->offset += slot->offset;
	a->badge = cap->badge;
	part->cap = *cap;
	part->who = (struct capability){.type = CAP_NULL}; /* and not cap_null, which lies elsewhere */
	part->owned = NULL;
	part->suspended = part->steps = false;
	part->absent = cap->type == CAP_NULL;
	part->trapped = mode == TRAP_ALL || (mode == TRAP_STORES && a->op != ACCESS_LOAD);
}

/* What stands at gpa: what is known of its page, where that is all of one, or *room, filled. */
static const struct space_slot *slot_at(const struct access_env *env, struct translation *page, gpa_t gpa,
					struct space_slot *room)
{
	uint64_t changes = space_changes(env->space);

	if (page && rare(!page->has_slot || page->changes != changes)) {
		space_find(env->space, page->walk.gpa, &page->slot);
		page->changes = changes;
		page->has_slot = true;
	}
	if (page && usual(gpa.v - page->slot.start.v < page->slot.size))
		return &page->slot;
	space_find(env->space, gpa, room);
	return room;
}

/* page: the translation of gpa's page, or NULL. */
static enum outcome split(struct access_env *env, struct plan *plan, struct translation *page, unsigned ref,
			  unsigned at, gpa_t gpa, unsigned size)
{
	enum trap_mode mode = page ? page->trap : trap_get(env->trap, gpa);

	while (size > 0) {
		struct space_slot room;
		const struct space_slot *slot;
		struct part *part = &plan->parts[plan->nparts];
		uint64_t n;

		if (rare(plan->nparts == PLAN_PARTS_MAX))
			return plan_stop(plan, "one instruction touches more than %u separately kept ranges",
					 PLAN_PARTS_MAX);
		slot = slot_at(env, page, gpa, &room);
		n = slot->size - (gpa.v - slot->start.v);
		if (usual(n > size))
			n = size;
		part->ref = (uint8_t)ref;
		part->at = (uint8_t)at;
		part->access.size = (uint8_t)n;
		/* a step, which has no translation here, has opened the page itself */
		fill(plan, part, slot, mode, page && mode == TRAP_NONE, gpa);
		if (rare(part->absent)) {
			enum outcome end = absent(env, plan, gpa, (unsigned)n, plan->refs[ref].use);

			if (end != OUTCOME_NEXT)
				return end;
		}
		plan->nparts++;
		at += (unsigned)n;
		gpa.v += n;
		size -= (unsigned)n;
	}
	return OUTCOME_NEXT;
}

enum outcome access_split(struct access_env *env, struct plan *plan, unsigned ref, unsigned at, gpa_t gpa,
			  unsigned size)
{
	return split(env, plan, NULL, ref, at, gpa, size);
}

static __attribute__((cold)) enum outcome table_absent(const struct access_env *env, struct plan *plan, gva_t gva,
						       gpa_t table)
{
	return plan_step(plan, "the page walk of 0x%llx needs a page table at gpa 0x%llx, which is %s",
			 (unsigned long long)gva.v, (unsigned long long)table.v,
			 ram_region_of(env->ram, table) ? "virtual" : "not memory");
}

/* Walk the page that holds byte `at` of the reference, and split what of it lies there. */
static enum outcome resolve_page(struct access_env *env, struct plan *plan, unsigned index, unsigned at, unsigned size)
{
	const struct memref *ref = &plan->refs[index];
	enum walk_use use = ref->use == MEM_READ ? WALK_READ : WALK_WRITE;
	uint64_t linear = ref->gva.v + at;
	gva_t gva = {plan->before.mode == MODE_64 ? linear : (uint32_t)linear}; /* an access may go round their end */
	bool marked;
	struct translation *page = translate(env->translator, &plan->before, gva, use, &marked);
	const struct walk *w = &page->walk;

	switch (w->status) {
	case WALK_FAULT:
		plan->cr2 = gva.v;
		return plan_fault(plan, VECTOR_PF, true, w->error);
	case WALK_TABLE_ABSENT:
		return table_absent(env, plan, gva, w->table_gpa);
	case WALK_OK:
		break;
	}
	if (rare(!marked))
		plan->walks[plan->nwalks++] = *w;
	return split(env, plan, page, index, at, (gpa_t){w->gpa.v + (gva.v & PAGE_MASK)}, size);
}

/* Measured: FXSAVE has #AC before the #GP of its alignment. */
static __attribute__((cold)) enum outcome check_area(const struct access_env *env, struct plan *plan,
						     const struct memref *ref)
{
	enum outcome end;

	if ((end = check_segment(plan, ref)) != OUTCOME_NEXT || (end = check_ac(env, plan, ref)) != OUTCOME_NEXT)
		return end;
	return check_operand_alignment(plan, ref);
}

/* Which piece of its reference each part from first on is. */
static void number_parts(struct plan *plan, unsigned first)
{
	for (unsigned i = first; i < plan->nparts; i++) {
		plan->parts[i].access.part = (uint8_t)(i - first);
		plan->parts[i].access.parts = (uint8_t)(plan->nparts - first);
	}
}

/* Of a reference that crosses into it. */
static __attribute__((noinline)) enum outcome resolve_next_page(struct access_env *env, struct plan *plan,
								unsigned index, unsigned at)
{
	return resolve_page(env, plan, index, at, plan->refs[index].size - at);
}

static enum outcome resolve_ref(struct access_env *env, struct plan *plan, unsigned index)
{
	const struct memref *ref = &plan->refs[index];
	unsigned here = (unsigned)(PAGE_SIZE - (ref->gva.v & PAGE_MASK)), first = plan->nparts;
	enum outcome end;

	/* measured: #GP of an operand's own alignment goes before #SS, #AC before any #PF */
	if (rare((end = check_operand_alignment(plan, ref)) != OUTCOME_NEXT))
		return end;
	if (rare((end = check_segment(plan, ref)) != OUTCOME_NEXT))
		return end;
	if (rare((end = check_ac(env, plan, ref)) != OUTCOME_NEXT))
		return end;
	if (usual(here > ref->size))
		here = ref->size;
	end = resolve_page(env, plan, index, 0, here);
	if (end == OUTCOME_NEXT && rare(here < ref->size))
		end = resolve_next_page(env, plan, index, here);
	number_parts(plan, first);
	return end;
}

/* Measured on an AMD CPU: FXSAVE and FXRSTOR look at the page of their last byte first. */
static __attribute__((cold)) enum outcome probe_area(struct access_env *env, struct plan *plan)
{
	const struct memref *end = &plan->refs[plan->nrefs - 1];
	enum walk_use use = end->use == MEM_READ ? WALK_READ : WALK_WRITE;
	uint64_t linear = end->gva.v + end->size - 1;
	gva_t last = {plan->before.mode == MODE_64 ? linear : (uint32_t)linear};
	const struct walk *w;
	enum outcome checked;

	if ((checked = check_area(env, plan, &plan->refs[0])) != OUTCOME_NEXT ||
	    (checked = check_segment(plan, end)) != OUTCOME_NEXT)
		return checked;
	w = &translate(env->translator, &plan->before, last, use, NULL)->walk;
	if (w->status != WALK_FAULT)
		return OUTCOME_NEXT;
	plan->cr2 = last.v;
	return plan_fault(plan, VECTOR_PF, true, w->error);
}

/*
 * A far call looks at its selector before it pushes, and that may choose another stack. So what the
 * push finds is left to the step. Intel SDM Vol 2, "CALL".
 */
static bool is_for_step(const struct insn *insn, const struct memref *ref)
{
	return insn->exec == EXEC_STEP && insn->mem.present && ref->role == MEMREF_STACK;
}

/* All references; those from one that faults on do not count if the ones before it may happen. */
static enum outcome resolve_refs(struct access_env *env, struct plan *plan)
{
	for (unsigned i = 0; i < plan->nrefs; i++) {
		unsigned nwalks = plan->nwalks;
		enum outcome end;

		if (rare(is_for_step(plan->insn, &plan->refs[i])))
			continue;
		end = resolve_ref(env, plan, i);
		if (rare(end == OUTCOME_FAULT)) {
			plan->nwalks = nwalks;
			end = plan_end_before(plan, i);
		}
		if (rare(end != OUTCOME_NEXT))
			return end;
	}
	return OUTCOME_NEXT;
}

static __attribute__((cold)) enum outcome probe_page(struct access_env *env, struct plan *plan, uint64_t linear)
{
	gva_t gva = {plan->before.mode == MODE_64 ? linear : (uint32_t)linear};
	const struct walk *w = &translate(env->translator, &plan->before, gva, WALK_WRITE, NULL)->walk;

	if (w->status == WALK_FAULT) {
		plan->cr2 = gva.v;
		return plan_fault(plan, VECTOR_PF, true, w->error);
	}
	if (w->status == WALK_OK && trap_catches(env->trap, (gpa_t){w->gpa.v + (gva.v & PAGE_MASK)}, true))
		plan->probed_trap = true;
	return OUTCOME_NEXT;
}

/* The page or two of size bytes that are only checked, as a store. */
static __attribute__((cold)) enum outcome probe_pages(struct access_env *env, struct plan *plan, uint64_t linear,
						      unsigned size)
{
	uint64_t last = (linear + size - 1) & ~PAGE_MASK;
	enum outcome end = probe_page(env, plan, linear);

	return end == OUTCOME_NEXT && last != (linear & ~PAGE_MASK) ? probe_page(env, plan, last) : end;
}

/*
 * The room that ENTER makes below what it pushes must be writable where the stack
 * pointer ends, though nothing is written there. Intel SDM Vol 2, "ENTER".
 */
static __attribute__((cold)) enum outcome probe_enter(struct access_env *env, struct plan *plan)
{
	const struct insn *insn = plan->insn;
	const uint8_t *imm = insn->bytes + insn->fields.imm_at;
	uint64_t pushed = (1u + imm[2] % 32) * (uint64_t)insn->stack_use;
	gva_t end = {plan->before.gpr[GPR_RSP] - pushed - (imm[0] | (uint64_t)imm[1] << 8)};

	if (plan->before.mode != MODE_64)
		return OUTCOME_NEXT; /* there it would be cut to the stack's width and checked by its limit */
	if (!canonical(&plan->before, end.v))
		return plan_fault(plan, VECTOR_SS, true, 0);
	if (check_ac(env, plan, &(struct memref){.role = MEMREF_STACK, .gva = end, .size = insn->stack_use}) !=
	    OUTCOME_NEXT)
		return OUTCOME_FAULT;
	return probe_pages(env, plan, end.v, insn->stack_use);
}

/*
 * Measured: MASKMOVQ and MASKMOVDQU are checked as stores of their whole operand, also
 * where the mask leaves bytes out, or all. Intel SDM Vol 2, "MASKMOVDQU", leaves it to the CPU.
 */
static __attribute__((cold)) enum outcome probe_maskmov(struct access_env *env, struct plan *plan)
{
	struct memref whole = memref_maskmov(plan->insn, &plan->before);
	enum outcome end;

	if ((end = check_segment(plan, &whole)) != OUTCOME_NEXT || (end = check_ac(env, plan, &whole)) != OUTCOME_NEXT)
		return end;
	return probe_pages(env, plan, whole.gva.v, whole.size);
}

enum outcome access_resolve(struct access_env *env, struct plan *plan)
{
	enum outcome end;

	if (rare(plan->insn->flags & INSN_MASKED) && (end = plan_vector(env, plan)) != OUTCOME_NEXT)
		return end;
	if (rare(plan->insn->exec == EXEC_MASKMOV) && (end = probe_maskmov(env, plan)) != OUTCOME_NEXT)
		return end;
	plan->nrefs = memrefs_of(plan->insn, &plan->before, plan->vector, plan->refs);
	if (rare(plan->insn->mem.size == FXSAVE_SIZE) && (end = probe_area(env, plan)) != OUTCOME_NEXT)
		return end;
	end = resolve_refs(env, plan);
	if (end == OUTCOME_NEXT && plan->insn->exec == EXEC_ENTER)
		end = probe_enter(env, plan);
	return end;
}
