/*
 * hash.c: a hash table with open addressing in the buffer: entries of 16 bytes are added, counted up by
 * read-modify-write, found, and deleted by moving those behind them.
 */
#include "tests/truth/truth.h"

#define SLOTS (512 << TRUTH_SCALE)
#define KEYS (300 << TRUTH_SCALE)

struct entry {
	uint64_t key; /* 0: free */
	uint32_t count;
	uint16_t first;
	uint8_t touched, tag;
};

static struct entry *table(void)
{
	return (struct entry *)buffer;
}

static size_t home(uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15u >> (55 - TRUTH_SCALE)) % SLOTS;
}

/* The slot with key, or the free one where it belongs. */
static struct entry *find(uint64_t key)
{
	size_t at = home(key);

	while (table()[at].key != 0 && table()[at].key != key)
		at = (at + 1) % SLOTS;
	return &table()[at];
}

static void add(uint64_t key, uint16_t when)
{
	struct entry *entry = find(key);

	if (entry->key == 0) {
		entry->key = key;
		entry->first = when;
		entry->tag = (uint8_t)key;
	}
	entry->count++;
	entry->touched |= 1;
}

static void delete (uint64_t key)
{
	struct entry *hole = find(key);
	size_t at = (size_t)(hole - table());

	if (hole->key == 0)
		return;
	for (size_t next = (at + 1) % SLOTS; table()[next].key != 0; next = (next + 1) % SLOTS) {
		size_t distance = (next - home(table()[next].key)) % SLOTS;

		if (distance < (next - at) % SLOTS)
			continue;
		table()[at] = table()[next];
		at = next;
	}
	table()[at] = (struct entry){0};
}

int work(void)
{
	uint32_t seed = 88172645u, total = 0;

	for (uint16_t i = 0; i < 2 * KEYS; i++)
		add(next_random(&seed) % KEYS + 1, i);
	for (uint64_t key = 1; key <= KEYS; key += 3)
		delete (key);
	for (uint64_t key = 1; key <= KEYS; key++) {
		struct entry *entry = find(key);

		if (entry->key == 0)
			continue;
		if (key % 3 == 1 || entry->tag != (uint8_t)key)
			return 1;
		total += entry->count;
	}
	return total > 0 && total < 2 * KEYS ? 0 : 2;
}
