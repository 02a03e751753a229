/*
 * memory.c: the keeper that answers from the range's own bytes.
 *
 * A load gives the bytes, a store puts them, a read-modify-write does both: a
 * client cannot tell the range from ordinary memory.
 *
 *   map=N    answers N accesses, then says VERDICT_MAP: the range becomes an
 *            ordinary page. This is the classic keeper, which is asked once and
 *            then steps aside. An instruction in progress is not cut in two:
 *            accesses are counted when they are complete. A read-modify-write
 *            counts as one. N may be 0.
 *
 * It refuses an access beyond its end: #GP(0). before in a store is not looked at.
 * peek gives the bytes; without map=N they are a span.
 */
#include "capmodel/bytes.h"
#include "capmodel/keeper/kind.h"

#include <stdlib.h>

struct memory {
	struct keeper keeper;
	uint8_t *bytes;
	uint64_t size;
	bool maps;
	uint64_t left; /* accesses to answer before it maps */
};

static enum verdict memory_admit(struct keeper *k, const struct transaction *t, const struct access *a,
				 struct answer *answer)
{
	const struct memory *m = (struct memory *)k;

	(void)t;
	if (!keeper_holds(m->size, a->offset, a->size))
		return keeper_refuse_beyond(answer);
	return m->maps && m->left == 0 ? VERDICT_MAP : VERDICT_DONE;
}

static void memory_load(struct keeper *k, const struct transaction *t, struct access *a)
{
	(void)t;
	bytes_load(a->before, ((struct memory *)k)->bytes + a->offset, a->size);
}

static void memory_store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	(void)t;
	bytes_store(((struct memory *)k)->bytes + a->offset, a->after, a->size);
}

static void memory_complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct memory *m = (struct memory *)k;

	(void)t;
	(void)a;
	if (m->left > 0)
		m->left--;
}

static bool memory_peek(struct keeper *k, uint64_t offset, uint8_t size, uint8_t *out)
{
	const struct memory *m = (struct memory *)k;

	if (!keeper_holds(m->size, offset, size))
		return false;
	bytes_load(out, m->bytes + offset, size);
	return true;
}

/* With map=N each access counts. */
static uint8_t *memory_span(struct keeper *k, enum access_op op, uint64_t offset, uint64_t size)
{
	const struct memory *m = (struct memory *)k;

	(void)op;
	return !m->maps && size <= m->size && offset <= m->size - size ? m->bytes + offset : NULL;
}

static void memory_free(struct keeper *k)
{
	free((struct memory *)k);
}

static const struct keeper_ops memory_ops = {
	.name = "memory",
	.admit = memory_admit,
	.load = memory_load,
	.store = memory_store,
	.complete = memory_complete,
	.peek = memory_peek,
	.span = memory_span,
	.free = memory_free,
};

static struct keeper *memory_make(struct keeper_args *args)
{
	struct options *o = &args->options;
	uint64_t left = 0;
	bool maps;
	struct memory *m;

	if (!options_number(o, "map", 0, UINT64_MAX, &left, &maps) || !options_finish(o))
		return NULL;
	m = malloc(sizeof(*m));
	if (!m) {
		options_error(o, "out of memory");
		return NULL;
	}
	*m = (struct memory){.bytes = args->env->bytes, .size = args->env->size, .maps = maps, .left = left};
	keeper_init(&m->keeper, &memory_ops);
	args->maps = maps;
	return &m->keeper;
}

const struct keeper_kind memory_kind = {
	.name = "memory",
	.wraps = WRAPS_NOTHING,
	.options = "map=N",
	.meaning = "the range's own bytes; with map=N an ordinary page after N accesses",
	.make = memory_make,
};
