#include "vmm/access/translate.h"

static struct translation *place_of(struct translator *t, uint64_t page, enum walk_use use)
{
	return &t->entries[(page / PAGE_SIZE + use * 5) % TRANSLATIONS];
}

static uint64_t rest_of(const struct regs *regs, enum walk_use use)
{
	return (regs->rflags & RFLAGS_AC) | (uint64_t)use << 8 | regs->cpl;
}

static struct translation_key key_of(const struct translator *t, const struct regs *regs, uint64_t page,
				     enum walk_use use)
{
	return (struct translation_key){
		.page = page,
		.cr0 = regs->cr0,
		.cr3 = regs->cr3,
		.cr4 = regs->cr4,
		.efer = regs->efer,
		.rest = rest_of(regs, use),
		.traps = trap_changes(t->trap),
	};
}

static bool is_of(const struct translation *e, const struct translator *t, const struct regs *regs, uint64_t page,
		  enum walk_use use)
{
	const struct translation_key *key = &e->key;

	return key->page == page && key->cr3 == regs->cr3 && key->cr0 == regs->cr0 && key->cr4 == regs->cr4 &&
	       key->efer == regs->efer && key->rest == rest_of(regs, use) && key->traps == trap_changes(t->trap);
}

/* The PDPTEs of PAE paging are in registers of the CPU's: they are read for each walk anew. */
static bool can_be_kept(const struct walk *walk, const struct regs *regs)
{
	bool pae = (regs->cr0 & CR0_PG) && (regs->cr4 & CR4_PAE) && !(regs->efer & EFER_LMA);

	return walk->status == WALK_OK && !pae;
}

/* Walk anew, and look at what the walk found. */
static __attribute__((cold, noinline)) void fill(struct translator *t, const struct regs *regs, uint64_t page,
						 enum walk_use use, struct translation *e)
{
	e->key = key_of(t, regs, page, use);
	walk(regs, t->memory, t->phys_bits, (gva_t){page}, use, &e->walk);
	e->used = can_be_kept(&e->walk, regs);
	e->has_slot = false;
	e->trap = TRAP_NONE;
	e->bytes = NULL;
	if (e->walk.status != WALK_OK)
		return;
	e->trap = trap_get(t->trap, e->walk.gpa);
	e->bytes = trap_bytes(t->trap, e->walk.gpa);
}

struct translation *translate(struct translator *t, const struct regs *regs, gva_t gva, enum walk_use use, bool *marked)
{
	uint64_t page = gva.v & ~PAGE_MASK;
	struct translation *e = place_of(t, page, use);
	bool all_marked;

	if (!e->used || !is_of(e, t, regs, page, use) || !walk_holds(&e->walk, &all_marked)) {
		fill(t, regs, page, use, e);
		all_marked = false;
	}
	if (marked)
		*marked = all_marked;
	return e;
}
