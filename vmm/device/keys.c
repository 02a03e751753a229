#include "vmm/device/keys.h"

void keys_put(struct keys *k, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count && k->count < KEYS_MAX; i++)
		k->bytes[(k->head + k->count++) % KEYS_MAX] = bytes[i];
}

size_t keys_first(const struct keys *k, uint8_t *out, size_t room)
{
	size_t count = k->count < room ? k->count : room;

	for (size_t i = 0; i < count; i++)
		out[i] = k->bytes[(k->head + i) % KEYS_MAX];
	return count;
}

void keys_drop(struct keys *k, size_t count)
{
	k->head = (unsigned)(k->head + count) % KEYS_MAX;
	k->count -= (unsigned)count;
}

unsigned keys_same(const uint8_t *bytes, size_t count, uint8_t key)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		found += bytes[i] == key;
	return found;
}
