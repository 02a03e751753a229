#include "vmm/trace/read/heat_state.h"

#include <stdlib.h>

#define LIMIT (1u << 20) /* rows of the table */
#define TIMES 1024 /* columns of time at most */
#define GRAIN 8 /* bytes */

struct heat *heat_new(enum heat_form form, const struct places *places, size_t limit)
{
	struct heat *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->form = form;
	h->places = places;
	h->grain = GRAIN;
	h->step = 1;
	bounded_init(&h->spots, sizeof(struct heat_spot), limit ? limit : LIMIT);
	bounded_init(&h->functions, sizeof(struct heat_function), 65536);
	bounded_init(&h->pages, sizeof(struct heat_page), 65536);
	return h;
}

void heat_free(struct heat *h)
{
	if (!h)
		return;
	bounded_free(&h->spots);
	bounded_free(&h->functions);
	bounded_free(&h->pages);
	free(h);
}

/* All spots anew, their keys shifted right by so many bits. */
static void coarsen(struct heat *h, unsigned a, unsigned b)
{
	struct bounded coarse;

	bounded_init(&coarse, sizeof(struct heat_spot), h->spots.limit);
	for (size_t i = 0; i < h->spots.count; i++) {
		const struct heat_spot *spot = bounded_row_at(&h->spots, i);
		struct heat_spot *to = bounded_at(&coarse, spot->key.a >> a, spot->key.b >> b);

		if (!to)
			continue;
		if (to->count == 0)
			to->gpa = spot->gpa;
		to->count += spot->count;
	}
	bounded_free(&h->spots);
	h->spots = coarse;
}

/* Which column of time this is; where there is none yet, times become coarser. */
static uint64_t column_at(struct heat *h, uint64_t tsc)
{
	uint64_t since;

	if (!h->started)
		h->start = h->end = tsc;
	h->started = true;
	since = tsc > h->start ? tsc - h->start : 0;
	if (tsc > h->end)
		h->end = tsc;
	while (since / h->step >= TIMES) {
		unsigned shift = 0;

		while (since / h->step >> shift >= TIMES)
			shift++;
		coarsen(h, 0, shift);
		h->step <<= shift;
	}
	return since / h->step;
}

/* The function's number; 0: there is no room for it. */
static uint64_t function_at(struct heat *h, uint64_t rip)
{
	uint64_t start = rip;
	struct heat_function *f;

	if (h->places)
		places_symbol(h->places, rip, &start);
	f = bounded_at(&h->functions, start, 0);
	if (!f)
		return 0;
	f->count++;
	return bounded_index(&h->functions, f);
}

/* For labels: what is named has a linear address. */
static void see_page(struct heat *h, const struct trace_record *r)
{
	size_t known = h->pages.count;
	struct heat_page *page = bounded_at(&h->pages, r->gpa / HEAT_PAGE, 0);

	if (page && h->pages.count > known)
		page->linear = r->linear - r->gpa % HEAT_PAGE;
}

void heat_record(struct heat *h, const struct trace_record *r)
{
	struct heat_spot *spot;
	uint64_t b;

	if (!trace_is_access(r->kind))
		return;
	if (h->places && !(r->flags & TRACE_PHYSICAL))
		see_page(h, r);
	b = h->form == HEAT_TIME ? column_at(h, r->tsc) : function_at(h, r->rip);
	spot = bounded_at(&h->spots, r->gpa / h->grain, b);
	while (!spot && h->grain < 1ull << 40) {
		coarsen(h, 1, 0);
		h->grain *= 2;
		spot = bounded_at(&h->spots, r->gpa / h->grain, b);
	}
	if (spot && spot->count++ == 0)
		spot->gpa = r->gpa;
}
