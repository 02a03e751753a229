/*
 * rom.c: the keeper that lets its own bytes be read and not be changed.
 *
 * A load gives the bytes. A store is denied as on a write-protected page: #PF
 * with the error code the page walk would give. So is a read-modify-write, even
 * one that would put back what it read: the CPU needs write permission for it.
 *
 *   ignore   stores are taken and dropped instead, as by a ROM chip; a
 *            read-modify-write then reads the bytes and its result is dropped.
 *
 * It refuses an access beyond its end: #GP(0). peek gives the bytes.
 */
#include "capmodel/bytes.h"
#include "capmodel/keeper/kind.h"

#include <stdlib.h>

struct rom {
	struct keeper keeper;
	const uint8_t *bytes;
	uint64_t size;
	bool ignore;
};

static enum verdict rom_admit(struct keeper *k, const struct transaction *t, const struct access *a,
			      struct answer *answer)
{
	const struct rom *r = (struct rom *)k;

	(void)t;
	if (!keeper_holds(r->size, a->offset, a->size))
		return keeper_refuse_beyond(answer);
	if (r->ignore || !direction_has(DIRECTION_WRITE, a->op))
		return VERDICT_DONE;
	answer->fault = (struct fault){.vector = 14, .has_error = true, .error = FAULT_PF_AUTO};
	return VERDICT_DENY;
}

static void rom_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)t;
	bytes_load(a->before, ((struct rom *)k)->bytes + a->offset, a->size);
}

/* Present, so that admit is asked and the refusal is #PF; called only with ignore. */
static void rom_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)k;
	(void)t;
	(void)a;
}

static bool rom_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	const struct rom *r = (struct rom *)k;

	if (!keeper_holds(r->size, offset, size))
		return false;
	bytes_load(out, r->bytes + offset, size);
	return true;
}

static void rom_free(struct keeper *k)
{
	free((struct rom *)k);
}

static const struct keeper_ops rom_ops = {
	.name = "rom",
	.admit = rom_admit,
	.load = rom_load,
	.store = rom_store,
	.peek = rom_peek,
	.free = rom_free,
};

static struct keeper *rom_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	bool ignore = false;
	struct rom *r;

	if (!options_flag(o, "ignore", &ignore) || !options_finish(o))
		return NULL;
	r = malloc(sizeof(*r));
	if (!r) {
		options_error(o, "out of memory");
		return NULL;
	}
	*r = (struct rom){.bytes = args->env->bytes, .size = args->env->size, .ignore = ignore};
	keeper_init(&r->keeper, &rom_ops);
	return &r->keeper;
}

const struct keeper_kind rom_kind = {
	.name = "rom",
	.wraps = WRAPS_NOTHING,
	.options = "ignore",
	.meaning = "the range's own bytes; stores get #PF, or with ignore are dropped",
	.make = rom_make,
};
