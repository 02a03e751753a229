#include "vmm/trace/read/bounded.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256 /* a power of two */

void bounded_init(struct bounded *t, size_t row_size, size_t limit)
{
	*t = (struct bounded){.row_size = row_size, .limit = limit};
}

void bounded_free(struct bounded *t)
{
	free(t->rows);
	free(t->slots);
	bounded_init(t, t->row_size, t->limit);
}

void *bounded_row_at(const struct bounded *t, size_t i)
{
	return t->rows + i * t->row_size;
}

uint32_t bounded_index(const struct bounded *t, const void *row)
{
	return (uint32_t)((size_t)((const uint8_t *)row - t->rows) / t->row_size) + 1;
}

/* Every bit of either number moves the low bits of it, and the high ones. */
static uint64_t hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a + b * 0xff51afd7ed558ccdull) * 0x9e3779b97f4a7c15ull;

	h = (h ^ h >> 32) * 0xc4ceb9fe1a85ec53ull;
	return h ^ h >> 32;
}

/* The slot of this key, or the empty one where it belongs. */
static size_t slot_of(const struct bounded *t, uint64_t a, uint64_t b)
{
	uint64_t h = hash(a, b);
	size_t mask = 2 * t->room - 1, at = (size_t)h & mask;

	for (;; at = (at + 1) & mask) {
		const struct bounded_slot slot = t->slots[at];
		const struct bounded_key *key;

		if (slot.index == 0)
			return at;
		if (slot.tag != (uint32_t)(h >> 32))
			continue;
		key = bounded_row_at(t, slot.index - 1);
		if (key->a == a && key->b == b)
			return at;
	}
}

static void put(struct bounded *t, size_t row)
{
	const struct bounded_key *key = bounded_row_at(t, row);

	t->slots[slot_of(t, key->a, key->b)] =
		(struct bounded_slot){(uint32_t)row + 1, (uint32_t)(hash(key->a, key->b) >> 32)};
}

/* Twice the room. 0, or -1 where there is no memory. */
static int grow(struct bounded *t)
{
	size_t room = t->room ? 2 * t->room : FIRST_ROOM;
	uint8_t *rows = reallocarray(t->rows, room, t->row_size);
	struct bounded_slot *slots;

	if (!rows)
		return -1;
	t->rows = rows;
	slots = calloc(2 * room, sizeof(*slots));
	if (!slots)
		return -1;
	free(t->slots);
	t->slots = slots;
	t->room = room;
	for (size_t i = 0; i < t->count; i++)
		put(t, i);
	return 0;
}

void *bounded_find(const struct bounded *t, uint64_t a, uint64_t b)
{
	size_t at;

	if (t->count == 0)
		return NULL;
	at = slot_of(t, a, b);
	return t->slots[at].index ? bounded_row_at(t, t->slots[at].index - 1) : NULL;
}

/* The row that was asked for last, if it is this one: accesses come in clusters. */
static struct bounded_key *again(const struct bounded *t, uint64_t a, uint64_t b)
{
	struct bounded_key *key = t->last < t->count ? bounded_row_at(t, t->last) : NULL;

	return key && key->a == a && key->b == b ? key : NULL;
}

void *bounded_at(struct bounded *t, uint64_t a, uint64_t b)
{
	struct bounded_key *key = again(t, a, b);

	if (key)
		return key;
	key = bounded_find(t, a, b);
	if (key) {
		t->last = bounded_index(t, key) - 1;
		return key;
	}
	if (t->count == t->limit || (t->count == t->room && grow(t) < 0)) {
		t->spilled++;
		return NULL;
	}
	key = bounded_row_at(t, t->count);
	memset(key, 0, t->row_size);
	*key = (struct bounded_key){a, b};
	put(t, t->count++);
	return key;
}

size_t bounded_best(const struct bounded *t, uint64_t (*score)(const void *row), size_t n, uint32_t *best)
{
	size_t found = 0;

	for (size_t i = 0; i < t->count && n > 0; i++) {
		uint64_t mine = score(bounded_row_at(t, i));
		size_t at;

		if (mine == 0 || (found == n && score(bounded_row_at(t, best[n - 1])) >= mine))
			continue;
		for (at = found < n ? found++ : n - 1; at > 0 && score(bounded_row_at(t, best[at - 1])) < mine; at--)
			best[at] = best[at - 1];
		best[at] = (uint32_t)i;
	}
	return found;
}
