/*
 * zero.c: the keeper in which everything is 0.
 *
 * A load gives zero bytes; a store is taken and dropped; a read-modify-write
 * reads 0 and its result is dropped. No options. It refuses an access beyond
 * its end: #GP(0). peek gives zero bytes.
 */
#include "capmodel/keeper/kind.h"

#include <stdlib.h>
#include <string.h>

struct zero {
	struct keeper keeper;
	uint64_t size;
};

static enum verdict zero_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			       struct answer *answer)
{
	(void)t;
	if (!keeper_holds(((struct zero *)k)->size, a->offset, a->size))
		return keeper_refuse_beyond(answer);
	return VERDICT_DONE;
}

static void zero_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)k;
	(void)t;
	memset(a->before, 0, a->size);
}

static void zero_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)k;
	(void)t;
	(void)a;
}

static bool zero_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	if (!keeper_holds(((struct zero *)k)->size, offset, size))
		return false;
	memset(out, 0, size);
	return true;
}

static void zero_free(struct keeper *k)
{
	free((struct zero *)k);
}

static const struct keeper_ops zero_ops = {
	.name = "zero",
	.admit = zero_admit,
	.load = zero_load,
	.store = zero_store,
	.peek = zero_peek,
	.free = zero_free,
};

static struct keeper *zero_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	struct zero *z;

	if (!options_finish(o))
		return NULL;
	z = malloc(sizeof(*z));
	if (!z) {
		options_error(o, "out of memory");
		return NULL;
	}
	z->size = args->env->size;
	keeper_init(&z->keeper, &zero_ops);
	return &z->keeper;
}

const struct keeper_kind zero_kind = {
	.name = "zero",
	.wraps = WRAPS_NOTHING,
	.options = "no option",
	.meaning = "loads give 0; stores are taken and dropped",
	.make = zero_make,
};
