#include "vmm/trace/read/shadow.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define GROUP 8u /* bytes that share the number of the record that wrote one of them last */
#define SLOTS (2 * SHADOW_PAGES) /* a power of two */

struct page {
	uint64_t number; /* gpa / PAGE */
	uint8_t armed[PAGE / 8], known[PAGE / 8]; /* a bit a byte */
	uint8_t value[PAGE];
	uint64_t sequence[PAGE / GROUP];
};

struct shadow {
	size_t count;
	uint64_t spilled;
	struct page *last; /* the one used last, or NULL */
	struct page *slots[SLOTS];
};

struct shadow *shadow_new(void)
{
	return calloc(1, sizeof(struct shadow));
}

void shadow_free(struct shadow *s)
{
	if (!s)
		return;
	shadow_clear(s);
	free(s);
}

static size_t slot_of(uint64_t number)
{
	return (size_t)((number * 0x9e3779b97f4a7c15ull) >> 32) & (SLOTS - 1);
}

/* The page's slot, or the empty one where it belongs. */
static size_t find_slot(const struct shadow *s, uint64_t number)
{
	size_t at = slot_of(number);

	while (s->slots[at] && s->slots[at]->number != number)
		at = (at + 1) & (SLOTS - 1);
	return at;
}

static struct page *find(const struct shadow *s, uint64_t gpa)
{
	uint64_t number = gpa / PAGE;

	return s->last && s->last->number == number ? s->last : s->slots[find_slot(s, number)];
}

/* NULL where there is no room. */
static struct page *make(struct shadow *s, uint64_t gpa)
{
	size_t at = find_slot(s, gpa / PAGE);
	struct page *page = s->slots[at];

	if (page)
		return page;
	page = s->count < SHADOW_PAGES ? calloc(1, sizeof(*page)) : NULL;
	if (!page) {
		s->spilled++;
		return NULL;
	}
	page->number = gpa / PAGE;
	s->slots[at] = page;
	s->count++;
	return page;
}

static bool bit(const uint8_t *bits, unsigned i)
{
	return bits[i / 8] >> (i % 8) & 1;
}

static void set_bit(uint8_t *bits, unsigned i, bool on)
{
	bits[i / 8] = (uint8_t)((bits[i / 8] & ~(1u << (i % 8))) | (unsigned)on << (i % 8));
}

/* How many of count bytes at gpa lie in its page. */
static unsigned in_page(uint64_t gpa, uint64_t count)
{
	unsigned room = PAGE - (unsigned)(gpa % PAGE);

	return count < room ? (unsigned)count : room;
}

static void page_set(struct page *page, unsigned at, uint8_t value, uint64_t sequence)
{
	if (!bit(page->armed, at))
		return;
	page->value[at] = value;
	set_bit(page->known, at, true);
	page->sequence[at / GROUP] = sequence;
}

/* One page's part of shadow_arm(). */
static bool arm_page(struct shadow *s, uint64_t gpa, unsigned n)
{
	struct page *page = make(s, gpa);

	if (!page)
		return false;
	if (n == PAGE) {
		memset(page->armed, 0xff, sizeof(page->armed));
		memset(page->known, 0, sizeof(page->known));
		return true;
	}
	for (unsigned i = 0; i < n; i++) {
		set_bit(page->armed, (unsigned)(gpa % PAGE) + i, true);
		set_bit(page->known, (unsigned)(gpa % PAGE) + i, false);
	}
	return true;
}

void shadow_arm(struct shadow *s, uint64_t gpa, uint64_t count, const uint8_t *bytes, size_t nbytes, uint64_t sequence)
{
	uint64_t at = gpa, left = count;

	s->last = NULL;
	while (left > 0) {
		unsigned n = in_page(at, left);

		if (!arm_page(s, at, n)) {
			s->spilled += (left - n) / PAGE;
			break;
		}
		at += n;
		left -= n;
	}
	shadow_set(s, gpa, bytes, nbytes < count ? nbytes : (size_t)count, sequence);
}

enum loss { LOSE_ALL, LOSE_VALUE };

static void lose(struct page *page, unsigned at, unsigned n, enum loss loss)
{
	for (unsigned i = at; i < at + n; i++) {
		set_bit(page->known, i, false);
		if (loss == LOSE_ALL)
			set_bit(page->armed, i, false);
	}
}

/* By the pages there are, and not by a count that may be a stranger's. */
static void lose_range(struct shadow *s, uint64_t gpa, uint64_t count, enum loss loss)
{
	uint64_t end = count > UINT64_MAX - gpa ? UINT64_MAX : gpa + count;

	for (size_t i = 0; i < SLOTS; i++) {
		struct page *page = s->slots[i];
		uint64_t start, low, high;

		if (!page)
			continue;
		start = page->number * PAGE;
		low = gpa > start ? gpa - start : 0;
		high = end > start ? end - start : 0;
		if (low < PAGE && low < high)
			lose(page, (unsigned)low, (unsigned)((high < PAGE ? high : PAGE) - low), loss);
	}
}

void shadow_disarm(struct shadow *s, uint64_t gpa, uint64_t count)
{
	struct page *page = find(s, gpa);

	if (count <= PAGE && in_page(gpa, count) == count) {
		if (page)
			lose(page, (unsigned)(gpa % PAGE), (unsigned)count, LOSE_ALL);
		return;
	}
	lose_range(s, gpa, count, LOSE_ALL);
}

void shadow_clear(struct shadow *s)
{
	for (size_t i = 0; i < SLOTS && s->count; i++) {
		free(s->slots[i]);
		s->slots[i] = NULL;
	}
	s->last = NULL;
	s->count = 0;
}

void shadow_forget(struct shadow *s, uint64_t gpa, uint64_t count)
{
	while (count > 0) {
		struct page *page = find(s, gpa);
		unsigned n = in_page(gpa, count);

		if (page)
			lose(page, (unsigned)(gpa % PAGE), n, LOSE_VALUE);
		gpa += n;
		count -= n;
	}
}

void shadow_forget_all(struct shadow *s)
{
	lose_range(s, 0, UINT64_MAX, LOSE_VALUE);
}

bool shadow_get(const struct shadow *s, uint64_t gpa, struct shadow_byte *out)
{
	const struct page *page = find(s, gpa);
	unsigned at = (unsigned)(gpa % PAGE);

	if (!page || !bit(page->known, at))
		return false;
	*out = (struct shadow_byte){page->value[at], page->sequence[at / GROUP]};
	return true;
}

void shadow_set(struct shadow *s, uint64_t gpa, const uint8_t *bytes, size_t n, uint64_t sequence)
{
	struct page *page = find(s, gpa);

	for (size_t i = 0; i < n; i++, gpa++) {
		if (!page || page->number != gpa / PAGE)
			page = find(s, gpa);
		if (page)
			page_set(page, (unsigned)(gpa % PAGE), bytes[i], sequence);
	}
	s->last = page;
}

size_t shadow_pages(const struct shadow *s)
{
	return s->count;
}

uint64_t shadow_spilled(const struct shadow *s)
{
	return s->spilled;
}
