/*
 * keep.c: the ranges of the options become keepers over guest memory.
 */
#include "vmm/machine/state.h"

#include "capmodel/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int range_error(struct error *e, const struct range *range, const char *why)
{
	return error_set(e, STATUS_USAGE, "range \"%s\": %s", range->text, why);
}

/* A page-aligned run of addresses without memory gets memory behind it, for the keeper's bytes and the trap. */
static int back_with_memory(struct machine *m, const struct range *range, struct error *e)
{
	uint64_t page = range->start & ~PAGE_MASK;
	uint64_t end = range->start + range->size;

	while (page < end) {
		uint64_t stop = page;
		const char *why;

		while (stop < end && !ram_region_of(&m->ram, (gpa_t){stop}))
			stop += PAGE_SIZE;
		if (stop == page) {
			page += PAGE_SIZE;
			continue;
		}
		if (ram_add(&m->ram, (gpa_t){page}, stop - page, RAM_KEPT, &why) < 0)
			return range_error(e, range, why);
		page = stop;
	}
	return 0;
}

int keep_plan(struct machine *m, struct error *e)
{
	for (unsigned i = 0; i < m->options->nvirtual; i++) {
		const struct range *range = &m->options->virtual[i].range;

		if (range->base == RANGE_GPA && back_with_memory(m, range, e) < 0)
			return -1;
	}
	return 0;
}

/* The symbol's address and how far it reaches: to the end of its page where nothing says. */
static bool resolve_symbol(struct machine *m, const struct range *range, uint64_t *start, uint64_t *size, char why[128])
{
	const struct symbols *symbols = boot_symbols(m->boot);
	const struct symbol *symbol = symbols_find(symbols, range->symbol);
	uint64_t extent;

	if (!symbol) {
		snprintf(why, 128, "no symbol \"%.60s\" in the image or in --symbols", range->symbol);
		return false;
	}
	*start = symbol->address + range->start;
	*size = range->size;
	extent = symbols_extent(symbols, symbol);
	if (*size == 0 && extent > range->start)
		*size = extent - range->start;
	if (*size == 0)
		*size = PAGE_SIZE - (*start & PAGE_MASK);
	return true;
}

static bool program_maps(struct cpu *c, const struct regs *regs, gva_t gva, gpa_t *gpa)
{
	return regs->cpl == 3 && (regs->cr0 & CR0_PG) && access_translate(&c->env, regs, gva, WALK_READ, gpa);
}

/*
 * Others than the program may have memory at its addresses: a root task all memory, mapped to itself. Where its
 * executable is known, it is the one that has its first bytes.
 */
static bool program_runs(struct cpu *c, const struct regs *regs, const struct range *range)
{
	const struct program_start *start = boot_program(c->machine->boot);
	const uint8_t *bytes;
	gpa_t gpa;

	if (!start || range->base != RANGE_SYM)
		return true;
	if (!program_maps(c, regs, (gva_t){start->address}, &gpa))
		return false;
	bytes = ram_bytes(&c->machine->ram, gpa, start->size);
	return bytes && memcmp(bytes, start->bytes, start->size) == 0;
}

bool keep_resolve(struct cpu *c, const struct range *range, const struct regs *regs, uint64_t *start, uint64_t *size,
		  bool *physical, char why[128])
{
	gpa_t gpa;

	*start = range->start;
	*size = range->size;
	*physical = range->base == RANGE_GPA;
	if (*physical)
		return true;
	if (range->base == RANGE_SYM && !resolve_symbol(c->machine, range, start, size, why))
		return false;
	if (range->of_user && program_maps(c, regs, (gva_t){*start}, &gpa) && program_runs(c, regs, range))
		return true;
	if (range->of_user) {
		snprintf(why, 128, "nothing maps virtual address 0x%llx for a program", (unsigned long long)*start);
		return false;
	}
	/* Without paging a kernel that is linked high lies where its image says, and addresses beyond memory are to be.
	 */
	if (!(regs->cr0 & CR0_PG) ? ram_region_of(&c->machine->ram, (gpa_t){*start}) != NULL
				  : access_translate(&c->env, regs, (gva_t){*start}, WALK_READ, &gpa))
		return true;
	if (boot_phys_of(c->machine->boot, *start, &gpa)) { /* no tables yet: where the image puts it */
		*start = gpa.v;
		*physical = true;
		return true;
	}
	snprintf(why, 128, "nothing maps virtual address 0x%llx", (unsigned long long)*start);
	return false;
}

static int trap_range(struct machine *m, const struct kept *kept, struct error *e)
{
	bool stores_only = kept->from->range.stores_only;

	for (uint64_t page = kept->start.v & ~PAGE_MASK; page < kept->start.v + kept->size; page += PAGE_SIZE) {
		enum trap_mode mode = stores_only ? TRAP_STORES : TRAP_ALL;
		int err;

		if (trap_get(m->trap, (gpa_t){page}) == TRAP_ALL)
			continue; /* another range on this page needs all of it */
		err = trap_set(m->trap, (gpa_t){page}, mode);
		if (err < 0)
			return error_set(e, STATUS_HOST, "range \"%s\": cannot trap gpa 0x%llx: %s",
					 kept->from->range.text, (unsigned long long)page, strerror(-err));
	}
	return 0;
}

/* Is all of it kept by one that others do not come before: the trace of a replay? */
static bool is_taken(const struct machine *m, gpa_t start, uint64_t size)
{
	for (unsigned i = 0; i < m->nkept; i++) {
		const struct kept *kept = &m->kept[i];

		if (kept->from->make && start.v >= kept->start.v && start.v - kept->start.v < kept->size &&
		    size <= kept->size - (start.v - kept->start.v))
			return true;
	}
	return false;
}

int keep_run(struct machine *m, const struct virtual_range *from, gpa_t start, uint64_t size, struct error *e)
{
	struct kept *kept = &m->kept[m->nkept];
	struct keeper_env env = {.bytes = ram_bytes(&m->ram, start, size),
				 .size = size,
				 .log = m->log,
				 .device = virtio_at(m, start, size)};
	char error[KEEPER_ERROR];
	int err;

	if (!from->make && is_taken(m, start, size))
		return 0;
	if (m->nkept == KEPT_MAX)
		return range_error(e, &from->range, "too many separate runs of pages are kept");
	if (!env.bytes)
		return range_error(e, &from->range, "it is neither all memory nor all outside memory");
	*kept = (struct kept){.from = from, .start = start, .size = size};
	snprintf(error, sizeof(error), "out of memory");
	kept->keeper = from->make ? from->make(from->self, start, &env) : keeper_parse(from->keeper, &env, error);
	if (!kept->keeper)
		return error_set(e, STATUS_USAGE, "keeper \"%s\": %s", from->keeper, error);
	m->nkept++;
	err = space_put_entry(m->space, start, size, cap_entry(kept->keeper, RIGHTS_ALL, 0), from->range.stores_only);
	if (err < 0)
		return range_error(e, &from->range,
				   err == -EEXIST ? "it overlaps another virtual range" : strerror(-err));
	return trap_range(m, kept, e);
}

/* Virtual pages need not be contiguous in physical memory: each run that is. */
static int each_run(struct cpu *c, const struct virtual_range *from, const struct regs *regs, uint64_t start,
		    uint64_t size, keep_each *each, struct error *e)
{
	while (size > 0) {
		gpa_t first, next;
		uint64_t run = PAGE_SIZE - (start & PAGE_MASK);

		if (!access_translate(&c->env, regs, (gva_t){start}, WALK_READ, &first))
			return range_error(e, &from->range, "a part of it is not mapped");
		while (run < size && access_translate(&c->env, regs, (gva_t){start + run}, WALK_READ, &next) &&
		       next.v == first.v + run)
			run += PAGE_SIZE;
		if (run > size)
			run = size;
		if (each(c->machine, from, first, run, e) < 0)
			return -1;
		start += run;
		size -= run;
	}
	return 0;
}

int keep_range(struct cpu *c, const struct virtual_range *from, const struct regs *regs, keep_each *each,
	       struct error *e)
{
	char why[128] = "";
	uint64_t start, size;
	bool physical;

	if (!keep_resolve(c, &from->range, regs, &start, &size, &physical, why)) {
		if (strncmp(why, "no symbol", 9) == 0)
			return range_error(e, &from->range, why);
		return 0;
	}
	if (physical)
		return each(c->machine, from, (gpa_t){start}, size, e) < 0 ? -1 : 1;
	return each_run(c, from, regs, start, size, each, e) < 0 ? -1 : 1;
}

int keep_start(struct machine *m, struct error *e)
{
	for (unsigned i = 0; i < m->options->nvirtual; i++) {
		int kept = keep_range(&m->cpus[0], &m->options->virtual[i], &m -> boot_state.regs, keep_run, e);

		if (kept < 0)
			return -1;
		if (kept == 0 && !m->options->virtual[i].range.of_user && !boot_sets_up_paging(m->boot))
			return range_error(e, &m->options->virtual[i].range, "the guest's tables do not map it");
		m->deferred[i] = kept == 0;
		m->ndeferred += kept == 0;
	}
	return 0;
}

bool keep_is_due(struct cpu *c, const struct regs *regs)
{
	const struct machine *m = c->machine;
	uint64_t start, size;
	char why[128];
	bool physical;

	for (unsigned i = 0; i < m->options->nvirtual; i++)
		if (m->deferred[i] &&
		    keep_resolve(c, &m->options->virtual[i].range, regs, &start, &size, &physical, why))
			return true;
	return false;
}

int keep_deferred(struct cpu *c, const struct regs *regs, struct error *e)
{
	struct machine *m = c->machine;

	for (unsigned i = 0; i < m->options->nvirtual; i++) {
		int kept;

		if (!m->deferred[i])
			continue;
		kept = keep_range(c, &m->options->virtual[i], regs, keep_run, e);
		if (kept < 0)
			return -1;
		if (kept == 0)
			continue;
		m->deferred[i] = false;
		m->ndeferred--;
	}
	return 0;
}

void keep_free(struct machine *m)
{
	for (unsigned i = 0; i < m->nkept; i++)
		keeper_free(m->kept[i].keeper);
	m->nkept = 0;
}
