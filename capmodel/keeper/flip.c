/*
 * flip.c: the keeper of memory with bad bits.
 *
 * Stores put the range's own bytes, loads give them with the bad bits wrong: memory
 * that a memory tester must find, at just these places. A read-modify-write reads
 * what a load reads.
 *
 *   at=A        the byte with bad bits, an offset
 *   bit=N       the bad one, 0..7
 *   mask=M      or all that are, 1..0xff
 *   stuck=0|1   they always read so; without it they read inverted
 *
 * It refuses an access beyond its end: #GP(0). peek gives what a load gives; bytes
 * without a bad bit are a span. For more bad bytes there are more ranges.
 */
#include "capmodel/bytes.h"
#include "capmodel/keeper/kind.h"

#include <stdlib.h>

struct flip {
	struct keeper keeper;
	uint8_t *bytes;
	uint64_t size;
	uint64_t at;
	uint8_t mask; /* of the bad bits there */
	bool is_stuck;
	uint64_t stuck; /* 0 or 1 */
};

static enum verdict flip_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			       struct answer *answer)
{
	(void)t;
	if (!keeper_holds(((struct flip *)k)->size, a->offset, a->size))
		return keeper_refuse_beyond(answer);
	return VERDICT_DONE;
}

/* What a load of the bytes at offset gives. */
static void read_bytes(const struct flip *f, uint64_t offset, uint8_t size, uint8_t *out)
{
	bytes_load(out, f->bytes + offset, size);
	if (f->at < offset || f->at - offset >= size)
		return;
	if (!f->is_stuck)
		out[f->at - offset] ^= f->mask;
	else if (f->stuck)
		out[f->at - offset] |= f->mask;
	else
		out[f->at - offset] &= (uint8_t)~f->mask;
}

static void flip_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)t;
	read_bytes((struct flip *)k, a->offset, a->size, a->before);
}

static void flip_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)t;
	bytes_store(((struct flip *)k)->bytes + a->offset, a->after, a->size);
}

static bool flip_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	const struct flip *f = (struct flip *)k;

	if (!keeper_holds(f->size, offset, size))
		return false;
	read_bytes(f, offset, size, out);
	return true;
}

static uint8_t *flip_span(struct keeper *k, enum access_op op, uint64_t offset, uint64_t size)
{
	const struct flip *f = (struct flip *)k;

	(void)op;
	if (size > f->size || offset > f->size - size)
		return NULL;
	return f->at >= offset && f->at - offset < size ? NULL : f->bytes + offset;
}

static void flip_free(struct keeper *k)
{
	free((struct flip *)k);
}

static const struct keeper_ops flip_ops = {
	.name = "flip",
	.admit = flip_admit,
	.load = flip_load,
	.store = flip_store,
	.peek = flip_peek,
	.span = flip_span,
	.free = flip_free,
};

/* Where, which bits, and how. */
static bool take_bits(struct options *o, struct flip *f)
{
	uint64_t bit = 0, mask = 0;
	bool has_at, has_bit, has_mask;

	if (!options_number(o, "at", 0, f->size - 1, &f->at, &has_at) ||
	    !options_number(o, "bit", 0, 7, &bit, &has_bit) || !options_number(o, "mask", 1, 0xff, &mask, &has_mask) ||
	    !options_number(o, "stuck", 0, 1, &f->stuck, &f->is_stuck) || !options_finish(o))
		return false;
	if (!has_at || has_bit == has_mask)
		return options_error(o, "which bits are bad? Say at=OFFSET and one of bit=N and mask=M");
	f->mask = (uint8_t)(has_bit ? 1u << bit : mask);
	return true;
}

static struct keeper *flip_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	struct flip made = {.bytes = args->env->bytes, .size = args->env->size}, *f;

	if (!take_bits(o, &made))
		return NULL;
	f = malloc(sizeof(*f));
	if (!f) {
		options_error(o, "out of memory");
		return NULL;
	}
	*f = made;
	keeper_init(&f->keeper, &flip_ops);
	return &f->keeper;
}

const struct keeper_kind flip_kind = {
	.name = "flip",
	.wraps = WRAPS_NOTHING,
	.options = "at=OFFSET, bit=N or mask=M, stuck=0|1",
	.meaning = "the range's own bytes with bits that read inverted, or stuck",
	.make = flip_make,
};
