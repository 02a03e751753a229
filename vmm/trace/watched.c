#include "vmm/trace/watched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void watched_free(struct watched *w)
{
	free(w->ranges);
	free(w->pages);
	*w = (struct watched){.nranges = 0};
}

/* The index of the first range that ends behind gpa. */
static size_t range_from(const struct watched *w, uint64_t gpa)
{
	size_t low = 0, high = w->nranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->ranges[middle].start + w->ranges[middle].size <= gpa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The index of the first page at or behind gpa. */
static size_t page_from(const struct watched *w, uint64_t gpa)
{
	size_t low = 0, high = w->npages;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->pages[middle].gpa < gpa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool watched_new_in(const struct watched *w, uint64_t *start, uint64_t *size, uint64_t *rest)
{
	uint64_t at = *start, end = *start + *size, stop = end;
	size_t i = range_from(w, at);

	while (i < w->nranges && w->ranges[i].start <= at && at < end)
		at = w->ranges[i].start + w->ranges[i].size, i++;
	if (at >= end)
		return false;
	if (i < w->nranges && w->ranges[i].start < end)
		stop = w->ranges[i].start;
	*start = at;
	*size = stop - at;
	*rest = end - stop;
	return true;
}

/* Room for n more elements of so many bytes. */
static int grow(void **array, size_t have, size_t n, size_t size)
{
	void *grown = reallocarray(*array, have + n, size);

	if (!grown)
		return -ENOMEM;
	*array = grown;
	return 0;
}

static void put_page(struct watched *w, uint64_t gpa, uint64_t now)
{
	size_t i = page_from(w, gpa);

	if (i < w->npages && w->pages[i].gpa == gpa)
		return;
	memmove(&w->pages[i + 1], &w->pages[i], (w->npages - i) * sizeof(*w->pages));
	w->pages[i] = (struct watched_page){.gpa = gpa, .added = now, .since = now};
	w->npages++;
}

int watched_add(struct watched *w, const struct watched_range *range, uint64_t now)
{
	uint64_t first = range->start & ~PAGE_MASK, last = (range->start + range->size - 1) & ~PAGE_MASK;
	size_t i = range_from(w, range->start);

	if (grow((void **)&w->ranges, w->nranges, 1, sizeof(*w->ranges)) < 0 ||
	    grow((void **)&w->pages, w->npages, (last - first) / PAGE_SIZE + 1, sizeof(*w->pages)) < 0)
		return -ENOMEM;
	memmove(&w->ranges[i + 1], &w->ranges[i], (w->nranges - i) * sizeof(*w->ranges));
	w->ranges[i] = *range;
	w->nranges++;
	for (uint64_t gpa = first; gpa <= last; gpa += PAGE_SIZE)
		put_page(w, gpa, now);
	return 0;
}

const struct watched_range *watched_range_at(const struct watched *w, uint64_t gpa, uint64_t size)
{
	size_t i = range_from(w, gpa);

	return i < w->nranges && w->ranges[i].start < gpa + size ? &w->ranges[i] : NULL;
}

struct watched_page *watched_page_at(struct watched *w, uint64_t gpa)
{
	uint64_t page = gpa & ~PAGE_MASK;

	if (w->last >= w->npages || w->pages[w->last].gpa != page) {
		size_t i = page_from(w, page);

		if (i == w->npages || w->pages[i].gpa != page)
			return NULL;
		w->last = i;
	}
	return &w->pages[w->last];
}

void watched_arm(struct watched_page *page, bool armed, uint64_t now)
{
	if (page->disarmed != armed)
		return;
	if (!armed)
		page->seen += now - page->since;
	page->since = now;
	page->disarmed = !armed;
}

uint64_t watched_seen(const struct watched_page *page, uint64_t now)
{
	return page->seen + (page->disarmed ? 0 : now - page->since);
}
