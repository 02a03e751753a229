/*
 * step_parts.c: what the instruction of a step accesses, as parts of its plan: admitted and
 * loaded before it runs; afterwards what it changed, admitted and stored.
 */
#include "vmm/access/step_diff.h"
#include "vmm/access/step_state.h"

#include <string.h>

/* Parts that are ordinary memory need nobody: the guest itself reaches them. */
static void drop_memory(struct plan *plan, unsigned first)
{
	unsigned kept = first;

	for (unsigned i = first; i < plan->nparts; i++)
		if (plan->parts[i].cap.type != CAP_PAGE && !plan->parts[i].absent)
			plan->parts[kept++] = plan->parts[i];
	plan->nparts = kept;
	for (unsigned i = first; i < kept; i++) {
		plan->parts[i].access.part = (uint8_t)(i - first);
		plan->parts[i].access.parts = (uint8_t)(kept - first);
	}
}

static enum outcome admit_from(struct step *s, unsigned first)
{
	struct plan *plan = s->plan;

	for (unsigned i = first; i < plan->nparts; i++) {
		bool busy;
		enum outcome end = access_admit_part(s->env, plan, &plan->parts[i], &busy);
		struct step_page *page = step_page_of(s, (gpa_t){plan->parts[i].access.gpa});

		if (end == OUTCOME_RETRY && !busy && page)
			page->mode = TRAP_NONE; /* its keeper said MAP */
		if (end != OUTCOME_NEXT)
			return end;
	}
	return OUTCOME_NEXT;
}

static enum outcome new_ref(struct step *s, gva_t gva, unsigned size, enum mem_use use)
{
	struct plan *plan = s->plan;

	if (plan->nrefs == MEMREF_MAX)
		return plan_stop(plan, "private step: one instruction makes more than %u accesses", MEMREF_MAX);
	plan->refs[plan->nrefs++] = (struct memref){
		.role = s->operand ? s->operand->role : MEMREF_IMPLICIT,
		.locked = s->operand && s->operand->locked,
		.use = use,
		.gva = gva,
		.size = (uint8_t)(size < ACCESS_SIZE_MAX ? size : ACCESS_SIZE_MAX),
	};
	return OUTCOME_NEXT;
}

/* [gpa, gpa+size) in one page, as parts of the newest reference. */
static enum outcome add_parts(struct step *s, gpa_t gpa, unsigned size)
{
	struct plan *plan = s->plan;
	unsigned first = plan->nparts;
	enum outcome end = access_split(s->env, plan, plan->nrefs - 1, 0, gpa, size);

	if (end != OUTCOME_NEXT)
		return end;
	drop_memory(plan, first);
	return admit_from(s, first);
}

enum outcome step_access(struct step *s, gva_t gva, gpa_t gpa, unsigned size, enum mem_use use)
{
	struct step_page *page = step_page_of(s, gpa);
	enum outcome end;

	if (!page && !trap_catches(s->env->trap, gpa, use != MEM_READ)) {
		step_note(s, gpa);
		if (use != MEM_READ)
			step_save(s, gpa, size);
		return OUTCOME_NEXT;
	}
	if (!page && (end = step_open(s, gpa, &page)) != OUTCOME_NEXT)
		return end;
	if (use == MEM_READ && step_is_given(page, gpa.v & PAGE_MASK, size))
		return OUTCOME_NEXT;
	if ((end = new_ref(s, gva, size, use)) != OUTCOME_NEXT)
		return end;
	return add_parts(s, gpa, size);
}

/* What of the extent lies in [from, to) of the page and was not loaded yet. */
static enum outcome access_extent(struct step *s, struct step_page *page, const struct step_extent *e, unsigned from,
				  unsigned to)
{
	unsigned at = e->at > from ? e->at : from;
	unsigned end_at = e->at + e->size < to ? e->at + e->size : to;

	while (at < end_at) {
		unsigned size = ACCESS_SIZE_MAX - at % ACCESS_SIZE_MAX;
		enum outcome end = OUTCOME_NEXT;

		if (size > end_at - at)
			size = end_at - at;
		if (!step_is_given(page, at, size))
			end = add_parts(s, (gpa_t){page->gpa.v + at}, size);
		if (end != OUTCOME_NEXT)
			return end;
		at += size;
	}
	return OUTCOME_NEXT;
}

enum outcome step_access_any(struct step *s, gva_t gva, gpa_t gpa, unsigned size)
{
	struct step_page *page = step_page_of(s, gpa);
	unsigned from = gpa.v & PAGE_MASK;
	struct step_extent e;
	enum outcome end;

	if (!page && !trap_catches(s->env->trap, gpa, true))
		return OUTCOME_NEXT;
	if (!page && (end = step_open(s, gpa, &page)) != OUTCOME_NEXT)
		return end;
	if ((end = new_ref(s, gva, size, MEM_READ)) != OUTCOME_NEXT)
		return end;
	for (unsigned at = 0; step_extent_at(s, page, at, &e); at = e.at + e.size) {
		if (!e.kept || e.slot.stores_only || e.slot.cap.type == CAP_NULL)
			continue;
		if ((end = access_extent(s, page, &e, from, from + size)) != OUTCOME_NEXT)
			return end;
	}
	return OUTCOME_NEXT;
}

void step_load(struct step *s)
{
	struct plan *plan = s->plan;

	for (; s->loaded < plan->nparts; s->loaded++) {
		struct part *part = &plan->parts[s->loaded];
		struct access *a = &part->access;
		struct step_page *page = step_page_of(s, (gpa_t){a->gpa});
		unsigned at = a->gpa & PAGE_MASK;

		if (a->op == ACCESS_STORE || !page)
			continue;
		if (!a->has_before)
			ask_load(part->who, &plan->transaction, a);
		memcpy(page->bytes + at, a->before, a->size);
		memcpy(page->filled + at, a->before, a->size);
		step_give(page, at, a->size);
	}
}

/* --- afterwards ----------------------------------------------------------------------------- */

/* A run of changed bytes, as stores of one reference. */
static enum outcome add_store(struct step *s, struct step_page *page, const uint8_t *came, unsigned at, unsigned size)
{
	gpa_t gpa = {page->gpa.v + at};
	unsigned first = s->plan->nparts;
	enum outcome end = new_ref(s, (gva_t){gpa.v}, size, MEM_WRITE);

	if (end == OUTCOME_NEXT)
		end = add_parts(s, gpa, size);
	for (unsigned i = first; end == OUTCOME_NEXT && i < s->plan->nparts; i++) {
		struct access *a = &s->plan->parts[i].access;

		memcpy(a->after, came + (a->gpa & PAGE_MASK), a->size);
	}
	memcpy(page->filled + at, came + at, size);
	if (end == OUTCOME_FAULT || end == OUTCOME_RETRY)
		return plan_stop(s->plan, "private step: the keeper at gpa 0x%llx refuses a store that has happened",
				 (unsigned long long)gpa.v);
	return end;
}

/* Stores that were known before take what is there now; an entry that was loaded and has changed is stored whole. */
static enum outcome settle_known(struct step *s, struct step_page *page, const uint8_t *came)
{
	unsigned known = s->plan->nparts;

	for (unsigned i = 0; i < known; i++) {
		struct access *a = &s->plan->parts[i].access;
		unsigned at = a->gpa & PAGE_MASK;
		enum outcome end = OUTCOME_NEXT;

		if ((a->gpa & ~PAGE_MASK) != page->gpa.v)
			continue;
		if (a->op != ACCESS_LOAD && s->faulted) {
			s->plan->parts[i].who = cap_null; /* its store has not happened, and nobody is told */
		} else if (a->op != ACCESS_LOAD) {
			memcpy(a->after, came + at, a->size);
			memcpy(page->filled + at, came + at, a->size);
		} else if (a->implicit && a->size <= 8 && memcmp(page->filled + at, came + at, a->size) != 0) {
			end = add_store(s, page, came, at, a->size);
		}
		if (end != OUTCOME_NEXT)
			return end;
	}
	return OUTCOME_NEXT;
}

static enum outcome settle_page(struct step *s, struct step_page *page)
{
	uint8_t came[PAGE_SIZE];
	enum outcome end;
	struct step_extent e;

	memcpy(came, page->bytes, PAGE_SIZE);
	if ((end = settle_known(s, page, came)) != OUTCOME_NEXT)
		return end;
	for (unsigned at = 0; step_extent_at(s, page, at, &e); at = e.at + e.size) {
		struct step_run run;

		for (unsigned from = e.at;
		     e.kept && e.slot.cap.type != CAP_NULL && step_diff(page->filled, came, from, e.at + e.size, &run);
		     from = run.at + run.size)
			if ((end = add_store(s, page, came, run.at, run.size)) != OUTCOME_NEXT)
				return end;
	}
	return OUTCOME_NEXT;
}

enum outcome step_settle(struct step *s)
{
	enum outcome end = OUTCOME_NEXT;

	for (unsigned i = 0; i < s->npages && end == OUTCOME_NEXT; i++)
		end = settle_page(s, &s->pages[i]);
	step_undo(s); /* keepers decide what becomes of their bytes */
	return end;
}

void step_store(struct step *s)
{
	struct plan *plan = s->plan;

	for (unsigned i = 0; i < plan->nparts; i++) {
		struct part *part = &plan->parts[i];

		if (part->access.op != ACCESS_LOAD && part->cap.type != CAP_PAGE && !part->absent)
			ask_store(part->who, &plan->transaction, &part->access);
	}
}
