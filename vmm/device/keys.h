/* keys.h: what was typed and not yet taken: a queue of bytes, which drops what it has no room for. */
#ifndef VMM_DEVICE_KEYS_H
#define VMM_DEVICE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define KEYS_MAX 4096

/* All zero: empty. */
struct keys {
	unsigned head, count;
	uint8_t bytes[KEYS_MAX];
};

void keys_put(struct keys *k, const uint8_t *bytes, size_t count);

/* The first keys, at most room of them, in one piece; they stay. Returns how many. */
size_t keys_first(const struct keys *k, uint8_t *out, size_t room);

/* The first `count`, which are there, are taken. */
void keys_drop(struct keys *k, size_t count);

/* How many of them are this one. */
unsigned keys_same(const uint8_t *bytes, size_t count, uint8_t key);

#endif
