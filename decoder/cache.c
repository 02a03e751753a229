#include "decoder/cache.h"

#include <stdlib.h>
#include <string.h>

#define SET_BITS 9
#define SETS (1u << SET_BITS)
#define WAYS 4

/* Keys stand together, so that a lookup touches one cache line before it finds its instruction. */
struct cache_set {
	struct cache_key key[WAYS];
	struct insn insn[WAYS]; /* length 0: empty */
	uint8_t next; /* the way that the next new instruction takes */
};

struct cache {
	struct cache_set set[SETS];
};

struct cache *cache_new(void)
{
	return calloc(1, sizeof(struct cache));
}

void cache_free(struct cache *cache)
{
	free(cache);
}

struct cache_key cache_key(const uint8_t *bytes, size_t n, enum cpu_mode mode)
{
	struct cache_key key = {0, 0};

	if (n >= INSN_MAX) {
		uint32_t next;
		uint16_t then;

		memcpy(&key.low, bytes, 8);
		memcpy(&next, bytes + 8, 4);
		memcpy(&then, bytes + 12, 2);
		key.high = next | (uint64_t)then << 32 | (uint64_t)bytes[14] << 48;
	} else {
		uint8_t padded[16] = {0};

		memcpy(padded, bytes, n);
		memcpy(&key.low, padded, 8);
		memcpy(&key.high, padded + 8, 8);
	}
	key.high |= (uint64_t)mode << 56;
	return key;
}

/* Multiplicative hashing: the top bits of a product with an odd constant depend on all bits of the key. */
static unsigned set_of(struct cache_key key)
{
	uint64_t mixed = (key.low ^ (key.high * 0x9e3779b97f4a7c15ull)) * 0xd6e8feb86659fd93ull;

	return (unsigned)(mixed >> (64 - SET_BITS));
}

const struct insn *cache_find(const struct cache *cache, struct cache_key key, size_t n)
{
	const struct cache_set *set = &cache->set[set_of(key)];

	for (unsigned way = 0; way < WAYS; way++) {
		if (set->key[way].low != key.low || set->key[way].high != key.high)
			continue;
		/* zeros in the key may stand for bytes that are not there */
		if (set->insn[way].length && set->insn[way].length <= n)
			return &set->insn[way];
	}
	return NULL;
}

const struct insn *cache_put(struct cache *cache, struct cache_key key, const struct insn *insn)
{
	struct cache_set *set = &cache->set[set_of(key)];
	unsigned way = set->next;

	set->next = (uint8_t)((way + 1) % WAYS);
	set->key[way] = key;
	set->insn[way] = *insn;
	return &set->insn[way];
}
