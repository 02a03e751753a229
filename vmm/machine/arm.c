/*
 * arm.c: ranges that get a keeper, or lose it, while the guest runs. All vCPUs are held, and none is in the middle of
 * an access: a keeper that goes has no owner and nobody who waits for it.
 */
#include "vmm/machine/control.h"

#include "vmm/access/fault.h"
#include "vmm/machine/range.h"
#include "vmm/machine/traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A range that was armed so, for as long as one of its runs is kept. */
struct armed {
	struct armed *next;
	struct virtual_range from;
	char text[]; /* range and keeper, each with its zero */
};

/* --- telling ------------------------------------------------------------------------------------------ */

static const char *state_of(const struct machine *m, const struct kept *k)
{
	switch (trap_get(m->trap, k->start)) {
	case TRAP_ALL:
		return "kept";
	case TRAP_STORES:
		return "stores kept";
	case TRAP_NONE:
		break;
	}
	return "open"; /* its keeper has said MAP, or the trace leaves it alone */
}

static void tell(const struct machine *m, const struct kept *k, monitor_each *each, void *to)
{
	each(to, &(struct monitor_range){.range = k->from->range.text,
					 .keeper = k->keeper->spec,
					 .state = state_of(m, k),
					 .gpa = k->start.v,
					 .size = k->size,
					 .loads = k->keeper->loads,
					 .stores = k->keeper->stores});
}

static void tell_deferred(const struct virtual_range *from, monitor_each *each, void *to)
{
	each(to, &(struct monitor_range){.range = from->range.text, .keeper = from->keeper, .state = "not mapped yet"});
}

void arm_list(struct machine *m, monitor_each *each, void *to)
{
	for (unsigned i = 0; i < m->nkept; i++)
		tell(m, &m->kept[i], each, to);
	for (unsigned i = 0; i < m->options->nvirtual; i++)
		if (m->deferred[i])
			tell_deferred(&m->options->virtual[i], each, to);
}

/* --- a run of memory without its keeper ------------------------------------------------------------------ */

/* What the keepers that are left ask for on a page. */
static int set_page(struct machine *m, gpa_t page)
{
	const struct ram_region *region = ram_region_of(&m->ram, page);
	enum trap_mode mode = TRAP_NONE;

	if (region && region->kind == RAM_KEPT)
		return trap_set(m->trap, page, TRAP_ALL); /* it is nobody's memory */
	if (m->traced)
		return traced_set_page(m, page.v);
	for (unsigned i = 0; i < m->nkept; i++) {
		const struct kept *k = &m->kept[i];

		if (k->start.v >= page.v + PAGE_SIZE || k->start.v + k->size <= page.v)
			continue;
		if (!k->from->range.stores_only)
			mode = TRAP_ALL;
		else if (mode == TRAP_NONE)
			mode = TRAP_STORES;
	}
	return trap_set(m->trap, page, mode);
}

/* Take it away; who holds it must be told before. */
static void remove_kept(struct machine *m, unsigned i)
{
	struct kept gone = m->kept[i];

	(void)space_cut_entry(m->space, gone.start, gone.size, gone.keeper); /* it has not been put, if that failed */
	m->nkept--;
	memmove(&m->kept[i], &m->kept[i + 1], (m->nkept - i) * sizeof(m->kept[0]));
	keeper_free(gone.keeper);
	for (uint64_t page = gone.start.v & ~PAGE_MASK; page < gone.start.v + gone.size; page += PAGE_SIZE)
		(void)set_page(m, (gpa_t){page});
}

/* --- arming ------------------------------------------------------------------------------------------------ */

/* NULL with *e filled. It is in no list yet. */
static struct armed *parse(const char *range, const char *keeper, struct error *e)
{
	size_t size = strlen(range) + 1;
	struct armed *a = calloc(1, sizeof(*a) + size + strlen(keeper) + 1);

	if (!a) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	strcpy(a->text, range);
	strcpy(a->text + size, keeper);
	a->from.keeper = a->text + size;
	if (range_parse(a->text, &a->from.range, e) == 0)
		return a;
	free(a);
	return NULL;
}

/* As keep_each: what cannot be kept any more once the guest runs is refused. */
static int keep_now(struct machine *m, const struct virtual_range *from, gpa_t start, uint64_t size, struct error *e)
{
	const struct boot_state *b = &m->boot_state;
	unsigned before = m->nkept;

	if (b->window_size > 0 && start.v < b->window.v + b->window_size && b->window.v < start.v + size)
		return error_set(e, STATUS_USAGE, "range \"%s\": it is of what the guest answers for itself",
				 from->range.text);
	if (!ram_bytes(&m->ram, start, size))
		return error_set(e, STATUS_USAGE,
				 "range \"%s\": gpa 0x%llx+0x%llx is not all memory; addresses without memory can be "
				 "kept from the start only",
				 from->range.text, (unsigned long long)start.v, (unsigned long long)size);
	if (keep_run(m, from, start, size, e) < 0)
		return -1;
	return m->nkept > before ? 0
				 : error_set(e, STATUS_USAGE, "range \"%s\": the trace that is replayed keeps it",
					     from->range.text);
}

static int keep_all(struct machine *m, const struct armed *a, unsigned vcpu, struct error *e)
{
	struct cpu *c = &m->cpus[vcpu];
	uint64_t start, size;
	struct regs regs;
	bool physical;
	char why[128];

	fault_photo(&c->vcpu, &regs);
	if (!keep_resolve(c, &a->from.range, &regs, &start, &size, &physical, why))
		return error_set(e, STATUS_USAGE, "range \"%s\": %s", a->from.range.text, why);
	return keep_range(c, &a->from, &regs, keep_now, e) < 0 ? -1 : 0;
}

int arm_range(struct machine *m, const char *range, const char *keeper, unsigned vcpu, monitor_each *each, void *to,
	      struct error *e)
{
	struct armed *a = parse(range, keeper, e);
	unsigned before = m->nkept;

	if (!a)
		return -1;
	if (keep_all(m, a, vcpu, e) < 0) {
		while (m->nkept > before)
			remove_kept(m, m->nkept - 1);
		free(a);
		return -1;
	}
	a->next = m->armed;
	m->armed = a;
	for (unsigned i = before; i < m->nkept; i++)
		tell(m, &m->kept[i], each, to);
	return 0;
}

/* --- disarming ----------------------------------------------------------------------------------------------- */

/* As it was written, or another way to write the same; with or without ":w". */
static bool is_same(const struct range *a, const struct range *b)
{
	return a->base == b->base && a->of_user == b->of_user && a->start == b->start && a->size == b->size &&
	       strcmp(a->symbol, b->symbol) == 0;
}

static void forget(struct machine *m, const struct virtual_range *from)
{
	for (struct armed **at = &m->armed; *at; at = &(*at)->next)
		if (&(*at)->from == from) {
			struct armed *gone = *at;

			*at = gone->next;
			free(gone);
			return;
		}
}

/* Is there something that must stay? -1 with *e filled. */
static int check(const struct machine *m, const struct virtual_range *from, struct error *e)
{
	for (unsigned i = 0; i < m->nkept; i++)
		if (m->kept[i].from == from && (from->make || strncmp(m->kept[i].keeper->spec, "record:", 7) == 0))
			return error_set(e, STATUS_USAGE, "range \"%s\": a trace is made of it, or replayed on it",
					 from->range.text);
	return 0;
}

static void remove_all(struct machine *m, const struct virtual_range *from, monitor_each *each, void *to)
{
	for (unsigned i = m->nkept; i > 0; i--)
		if (m->kept[i - 1].from == from) {
			tell(m, &m->kept[i - 1], each, to);
			remove_kept(m, i - 1);
		}
	forget(m, from);
}

/* One that nothing has mapped yet will not be kept when something does. */
static bool undo_deferred(struct machine *m, const struct range *range, monitor_each *each, void *to)
{
	for (unsigned i = 0; i < m->options->nvirtual; i++)
		if (m->deferred[i] && is_same(&m->options->virtual[i].range, range)) {
			tell_deferred(&m->options->virtual[i], each, to);
			m->deferred[i] = false;
			m->ndeferred--;
			return true;
		}
	return false;
}

int arm_undo(struct machine *m, const char *range, monitor_each *each, void *to, struct error *e)
{
	struct range wanted;

	if (range_parse(range, &wanted, e) < 0)
		return -1;
	for (unsigned i = 0; i < m->nkept; i++)
		if (is_same(&m->kept[i].from->range, &wanted)) {
			const struct virtual_range *from = m->kept[i].from;

			if (check(m, from, e) < 0)
				return -1;
			remove_all(m, from, each, to);
			return 0;
		}
	if (undo_deferred(m, &wanted, each, to))
		return 0;
	return error_set(e, STATUS_USAGE, "range \"%s\" is not kept, or was given otherwise", range);
}

void arm_free(struct machine *m)
{
	while (m->armed)
		forget(m, &m->armed->from);
}
