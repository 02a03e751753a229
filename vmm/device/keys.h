/*
 * keys.h: what was typed and no device has taken yet: a queue of so many bytes, and no more.
 */
#ifndef VMM_DEVICE_KEYS_H
#define VMM_DEVICE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define KEYS_MAX 4096

/* All zero: none. */
struct keys {
	unsigned head, count;
	uint8_t bytes[KEYS_MAX];
};

/* Those for which there is room. */
static inline void keys_add(struct keys *k, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count && k->count < KEYS_MAX; i++)
		k->bytes[(k->head + k->count++) % KEYS_MAX] = bytes[i];
}

/* The first ones, in one piece, up to room of them. Returns how many. */
static inline size_t keys_first(const struct keys *k, uint8_t *bytes, size_t room)
{
	size_t count = k->count < room ? k->count : room;

	for (size_t i = 0; i < count; i++)
		bytes[i] = k->bytes[(k->head + i) % KEYS_MAX];
	return count;
}

/* count is at most what there is. */
static inline void keys_drop(struct keys *k, size_t count)
{
	k->head = (unsigned)(k->head + count) % KEYS_MAX;
	k->count -= (unsigned)count;
}

/* How many of them are this one. */
static inline unsigned keys_same(const uint8_t *bytes, size_t count, uint8_t key)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		found += bytes[i] == key;
	return found;
}

#endif
