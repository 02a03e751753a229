/*
 * cache.h: decoded instructions, looked up by their bytes.
 *
 * The key is all the bytes from the instruction on that can be read, to INSN_MAX,
 * because the length is not known before the lookup. An entry is therefore right
 * whatever the guest writes over its code: other bytes are another key. It holds
 * a fixed number of entries and never allocates after cache_new().
 */
#ifndef DECODER_CACHE_H
#define DECODER_CACHE_H

#include "decoder/insn.h"

#include <stddef.h>

struct cache;

struct cache_key {
	uint64_t low, high; /* bytes 0..7 and 8..14, zeros where there are none; the mode on top */
};

struct cache *cache_new(void);
void cache_free(struct cache *cache);

struct cache_key cache_key(const uint8_t *bytes, size_t n, enum cpu_mode mode);

/* The instruction kept under key, or NULL. n must be that of cache_key(). */
const struct insn *cache_find(const struct cache *cache, struct cache_key key, size_t n);

/* Keep insn under key, in place of an older one; returns the kept copy. */
const struct insn *cache_put(struct cache *cache, struct cache_key key, const struct insn *insn);

#endif
