/*
 * random.h: numbers that follow from a seed, and values that find mistakes.
 */
#ifndef VMM_CONFORM_RANDOM_H
#define VMM_CONFORM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state; /* never 0 */
};

/* Different seeds give unrelated sequences. */
static inline struct random random_of(uint64_t seed)
{
	seed = (seed + 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebull;
	return (struct random){(seed ^ seed >> 31) | 1};
}

/* xorshift64* */
static inline uint64_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dull;
}

/* 0..n-1 */
static inline unsigned random_below(struct random *r, unsigned n)
{
	return (unsigned)((random_next(r) >> 33) % n);
}

/* Eight bytes: anything, or the ends of an integer range, or special floating point numbers. */
uint64_t random_value(struct random *r);

void random_values(struct random *r, uint8_t *bytes, size_t size);

#endif
