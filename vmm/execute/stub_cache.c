#include "vmm/execute/stub_cache.h"

#include "decoder/decode.h"
#include "vmm/execute/code_memory.h"
#include "vmm/execute/same.h"
#include "vmm/execute/stub.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define STUB_SIZE 16 /* the longest instruction and ret */
#define STUBS 4096 /* what the code memory holds */
#define BUCKETS 8192 /* a power of two; never more than half full */
#define RET 0xc3
#define INT3 0xcc

/* The bytes, then zeros, then length and mode, which is never zero. */
struct stub_key {
	uint64_t low, high;
};

struct bucket {
	struct stub_key key; /* high is 0 if empty */
	struct stub stub;
};

struct stub_cache {
	struct code_memory memory;
	struct decoder *decoder; /* to check what was rewritten */
	unsigned used; /* stubs in memory */
	struct bucket *buckets; /* BUCKETS of them, apart: this record then shares a page with what is used with it */
};

_Static_assert(offsetof(struct insn, length) == INSN_MAX, "bytes and length are read as one");

static struct stub_key key_of(const struct insn *insn)
{
	unsigned n = insn->length;
	uint64_t end = (uint64_t)(n << 2 | insn->mode) << 56;
	struct stub_key key;

	memcpy(&key, insn, sizeof(key));
	if (n <= 8)
		return (struct stub_key){n == 8 ? key.low : key.low & ((1ull << (8 * n)) - 1), end};
	key.high = (key.high & ((1ull << (8 * (n - 8))) - 1)) | end;
	return key;
}

static unsigned bucket_of(struct stub_key key)
{
	uint64_t mixed = (key.low ^ key.high * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;

	return (unsigned)(mixed >> 32) & (BUCKETS - 1);
}

/* The bucket that has key, or the empty one where it belongs. */
static struct bucket *find(struct stub_cache *cache, struct stub_key key)
{
	unsigned i = bucket_of(key);

	while (cache->buckets[i].key.high &&
	       (cache->buckets[i].key.low != key.low || cache->buckets[i].key.high != key.high))
		i = (i + 1) & (BUCKETS - 1);
	return &cache->buckets[i];
}

struct stub_cache *stub_cache_new(void)
{
	struct stub_cache *cache = calloc(1, sizeof(*cache));
	int error = -ENOMEM;

	if (!cache)
		return NULL;
	cache->buckets = calloc(BUCKETS, sizeof(*cache->buckets));
	if (!cache->buckets)
		goto free_cache;
	error = code_memory_map((size_t)STUBS * STUB_SIZE, &cache->memory);
	if (error)
		goto free_buckets;
	memset(cache->memory.write, INT3, cache->memory.size);
	cache->decoder = decoder_new();
	if (cache->decoder)
		return cache;
	error = -ENOMEM;
	code_memory_unmap(&cache->memory);
free_buckets:
	free(cache->buckets);
free_cache:
	free(cache);
	errno = -error;
	return NULL;
}

void stub_cache_free(struct stub_cache *cache)
{
	if (!cache)
		return;
	decoder_free(cache->decoder);
	code_memory_unmap(&cache->memory);
	free(cache->buckets);
	free(cache);
}

uint8_t *stub_cache_slot(struct stub_cache *cache)
{
	return cache->memory.slot;
}

static void start_over(struct stub_cache *cache)
{
	memset(cache->buckets, 0, BUCKETS * sizeof(*cache->buckets));
	cache->used = 0;
}

/* Point the displacement at the slot. Source: Intel SDM Vol 2, "RIP-Relative Addressing". */
static void aim(const struct stub_cache *cache, const uint8_t *run, struct stub_code *code)
{
	int32_t disp = (int32_t)(cache->memory.slot - (run + code->length));

	if (!code->disp_at)
		return;
	memcpy(code->bytes + code->disp_at, &disp, sizeof(disp));
}

/* Once for each instruction. NULL with *why set where it cannot be. */
static __attribute__((cold, noinline)) const struct stub *build(struct stub_cache *cache, const struct insn *insn,
								struct stub_key key, const char **why)
{
	struct stub_code code;
	struct bucket *bucket;
	struct insn again;
	enum unit unit = needs_of(insn).unit;
	size_t at;

	if (!stub_encode(insn, &code)) {
		*why = "this form cannot be rewritten to run on the host CPU";
		return NULL;
	}
	if (cache->used == STUBS)
		start_over(cache);
	at = (size_t)cache->used * STUB_SIZE;
	aim(cache, cache->memory.run + at, &code);
	if (decode(cache->decoder, code.bytes, code.length, MODE_64, &again) != DECODE_OK ||
	    !same_on_slot(cache->decoder, insn, &again, code.rsp_became)) {
		*why = "the rewritten instruction does not decode as the same";
		return NULL;
	}
	memset(cache->memory.write + at, INT3, STUB_SIZE);
	memcpy(cache->memory.write + at, code.bytes, code.length);
	cache->memory.write[at + code.length] = RET;
	code_memory_serialize();
	cache->used++;
	bucket = find(cache, key);
	*bucket = (struct bucket){key,
				  {.code = cache->memory.run + at,
				   .unit = unit,
				   .rsp_became = code.rsp_became,
				   .components = needs_components(insn, unit)}};
	return &bucket->stub;
}

const struct stub *stub_cache_get(struct stub_cache *cache, const struct insn *insn, const char **why)
{
	struct stub_key key = key_of(insn);
	const struct bucket *bucket = find(cache, key);

	return bucket->key.high ? &bucket->stub : build(cache, insn, key, why);
}
