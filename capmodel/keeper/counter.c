/*
 * counter.c: a small device that counts the accesses made to it.
 *
 *   offset  0..7    loads so far, the one that reads it included
 *   offset  8..15   stores so far
 *   offset 16..23   what the last store put: its first 8 bytes, zero-extended
 *   offset 24..     0
 *
 * All little-endian, and any size at any offset reads the bytes of this register
 * file as it is at that moment. Every load in the range counts, whatever it reads,
 * and every store counts, wherever it is put; a store changes no register but by
 * that. A read-modify-write is one load, then one store. Each part of a split
 * access is an access.
 *
 * No options. It refuses an access beyond its end: #GP(0). peek gives the
 * register file and counts nothing.
 */
#include "capmodel/keeper/kind.h"

#include <stdlib.h>

enum { COUNTER_LOADS, COUNTER_STORES, COUNTER_LAST, COUNTER_REGISTERS };

struct counter {
	struct keeper keeper;
	uint64_t size;
	uint64_t registers[COUNTER_REGISTERS];
};

static enum verdict counter_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				  struct answer *answer)
{
	(void)t;
	if (!keeper_holds(((struct counter *)k)->size, a->offset, a->size))
		return keeper_refuse_beyond(answer);
	return VERDICT_DONE;
}

static void counter_read(const struct counter *c, uint64_t offset, uint8_t size, uint8_t *out)
{
	for (uint64_t i = 0; i < size; i++) {
		uint64_t at = offset + i;

		out[i] = at < sizeof(c->registers) ? (uint8_t)(c->registers[at / 8] >> (at % 8 * 8)) : 0;
	}
}

static void counter_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	struct counter *c = (struct counter *)k;

	(void)t;
	c->registers[COUNTER_LOADS]++;
	counter_read(c, a->offset, a->size, a->before);
}

static void counter_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct counter *c = (struct counter *)k;
	uint64_t value = 0;

	(void)t;
	for (uint8_t i = 0; i < a->size && i < 8; i++)
		value |= (uint64_t)a->after[i] << (i * 8);
	c->registers[COUNTER_STORES]++;
	c->registers[COUNTER_LAST] = value;
}

static bool counter_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	const struct counter *c = (struct counter *)k;

	if (!keeper_holds(c->size, offset, size))
		return false;
	counter_read(c, offset, size, out);
	return true;
}

static void counter_free(struct keeper *k)
{
	free((struct counter *)k);
}

static const struct keeper_ops counter_ops = {
	.name = "counter",
	.admit = counter_admit,
	.load = counter_load,
	.store = counter_store,
	.peek = counter_peek,
	.free = counter_free,
};

static struct keeper *counter_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	struct counter *c;

	if (!options_finish(o))
		return NULL;
	c = malloc(sizeof(*c));
	if (!c) {
		options_error(o, "out of memory");
		return NULL;
	}
	*c = (struct counter){.size = args->env->size};
	keeper_init(&c->keeper, &counter_ops);
	return &c->keeper;
}

const struct keeper_kind counter_kind = {
	.name = "counter",
	.wraps = WRAPS_NOTHING,
	.options = "no option",
	.meaning = "registers at 0, 8, 16: loads so far, stores so far, the last value stored",
	.make = counter_make,
};
