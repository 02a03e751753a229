/*
 * model.h: what capabilities mean, said once more, without versions, arrays or kernel: an object is a
 * number that is never used again, alive or not, and a capability is looked up anew each time.
 */
#ifndef TESTS_KERNEL_MODEL_H
#define TESTS_KERNEL_MODEL_H

#include "guest/abi/invoke.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MODEL_OBJECTS 2048
#define MODEL_SLOTS 16
#define MODEL_DEPTH 20

enum { MODEL_PLAIN, MODEL_VIRTUAL, MODEL_CONTROL };

struct mcap {
	uint8_t type, restrictions, flavour;
	int object; /* -1: none */
	unsigned epoch; /* of a forwarder's facet */
	uint64_t badge;
};

struct mobject {
	uint8_t type;
	bool alive, blocked;
	int bank;
	unsigned epoch, exponent;
	struct mcap slot[MODEL_SLOTS], keeper, target;
	uint64_t content; /* of a page: its first 8 bytes; the rest is as they are made of */
	const void *real; /* the kernel's */
};

struct model {
	struct mobject object[MODEL_OBJECTS];
	int nobjects;
	unsigned live[TYPE_CLOCK + 1], limit[TYPE_CLOCK + 1];
};

static const struct mcap model_null = {.type = TYPE_NULL, .object = -1};

static inline bool model_facet(const struct mcap *cap)
{
	return cap->type == TYPE_FORWARDER && cap->flavour != MODEL_CONTROL;
}

static inline struct mcap model_now(const struct model *m, struct mcap cap)
{
	if (cap.object >= 0 && !m->object[cap.object].alive)
		return model_null;
	if (model_facet(&cap) && m->object[cap.object].epoch != cap.epoch)
		return model_null;
	return cap;
}

static inline struct mcap model_reduce(struct mcap cap, unsigned restrictions)
{
	cap.restrictions |= cap.type == TYPE_NULL ? 0 : (uint8_t)restrictions;
	return cap;
}

static inline struct mcap model_fetch(const struct model *m, struct mcap cap, unsigned through)
{
	cap = model_now(m, cap);
	if (through & RESTRICT_WEAK) {
		if (cap.type == TYPE_PAGE || cap.type == TYPE_SPACE || cap.type == TYPE_NODE || model_facet(&cap) ||
		    cap.flavour == MODEL_VIRTUAL)
			cap = model_reduce(cap, RESTRICT_WEAK | RESTRICT_READ_ONLY);
		else if (cap.type != TYPE_NUMBER && cap.type != TYPE_DISCRIM)
			cap = model_null;
	}
	return model_reduce(cap, through & RESTRICT_NO_CALL);
}

enum model_way { MODEL_OK, MODEL_LOOP, MODEL_BLOCKED };

static inline enum model_way model_resolve(const struct model *m, struct mcap *cap, bool look)
{
	struct mcap at = model_now(m, *cap);

	for (unsigned n = 0; model_facet(&at); n++) {
		const struct mobject *f = &m->object[at.object];
		struct mcap next;

		if (n == MODEL_DEPTH)
			return MODEL_LOOP;
		if (f->blocked && !look)
			return MODEL_BLOCKED;
		next = model_reduce(model_fetch(m, f->target, at.restrictions), at.restrictions);
		if ((next.type == TYPE_ENTRY || next.type == TYPE_FORWARDER) && next.badge == 0)
			next.badge = at.badge;
		at = next;
	}
	*cap = at;
	return MODEL_OK;
}

static inline bool model_keepable(const struct mcap *cap)
{
	return cap->type == TYPE_NULL || model_facet(cap) || (cap->type == TYPE_ENTRY && cap->flavour == MODEL_PLAIN);
}

static inline bool model_mappable(const struct mcap *cap)
{
	return cap->type == TYPE_NULL || cap->type == TYPE_PAGE || cap->type == TYPE_SPACE || model_facet(cap) ||
	       cap->flavour == MODEL_VIRTUAL;
}

/* --- banks -------------------------------------------------------------------------------- */

static inline bool model_within(const struct model *m, int object, int bank)
{
	for (int at = m->object[object].bank; at >= 0; at = m->object[at].bank)
		if (at == bank)
			return true;
	return false;
}

static inline unsigned model_count(const struct model *m, int bank)
{
	unsigned count = 0;

	for (int i = 0; i < m->nobjects; i++)
		count += m->object[i].alive && model_within(m, i, bank);
	return count;
}

static inline void model_kill(struct model *m, int object)
{
	for (int i = object + 1; i < m->nobjects; i++)
		if (m->object[i].alive && model_within(m, i, object)) {
			m->object[i].alive = false;
			m->live[m->object[i].type]--;
		}
	m->object[object].alive = false;
	m->live[m->object[object].type]--;
}

static inline unsigned model_depth(const struct model *m, int bank)
{
	unsigned depth = 0;

	while ((bank = m->object[bank].bank) >= 0)
		depth++;
	return depth;
}

static inline struct mcap model_new(struct model *m, uint8_t type, int bank)
{
	struct mobject *o = &m->object[m->nobjects];

	memset(o, 0, sizeof(*o));
	o->type = type;
	o->alive = true;
	o->bank = bank;
	o->keeper = o->target = model_null;
	for (unsigned i = 0; i < MODEL_SLOTS; i++)
		o->slot[i] = model_null;
	m->live[type]++;
	return (struct mcap){
		.type = type, .object = m->nobjects++, .flavour = type == TYPE_FORWARDER ? MODEL_CONTROL : MODEL_PLAIN};
}

/* --- spaces --------------------------------------------------------------------------------- */

struct mwalk {
	enum { MODEL_PAGE, MODEL_POSED, MODEL_INVALID, MODEL_MALFORMED, MODEL_WAITS } status;
	int object;
	unsigned restrictions;
	uint64_t keeper, store_keeper; /* badges, 0: none */
};

static inline uint64_t model_callable(const struct model *m, struct mcap keeper)
{
	bool ok = model_resolve(m, &keeper, true) == MODEL_OK && keeper.type == TYPE_ENTRY &&
		  keeper.flavour == MODEL_PLAIN;

	return ok ? keeper.badge + 1 : 0;
}

/* By recursion on what is left of the address, where the kernel goes round. */
static inline void model_walk(const struct model *m, struct mcap cap, uint64_t offset, unsigned bits, struct mwalk *w)
{
	enum model_way way = model_resolve(m, &cap, false);
	const struct mobject *o = cap.object >= 0 ? &m->object[cap.object] : NULL;
	unsigned own, hidden = w->restrictions | cap.restrictions;
	uint64_t keeper;

	w->status = way == MODEL_BLOCKED ? MODEL_WAITS : MODEL_MALFORMED;
	if (way != MODEL_OK)
		return;
	w->restrictions = hidden;
	if (cap.type == TYPE_NULL || (cap.type != TYPE_SPACE && offset >= 4096))
		w->status = MODEL_INVALID;
	else if (cap.type == TYPE_PAGE)
		w->status = MODEL_PAGE;
	else if (cap.flavour == MODEL_VIRTUAL)
		w->status = MODEL_POSED;
	w->object = cap.object;
	if (cap.type != TYPE_SPACE)
		return;
	own = 12 + o->exponent;
	if (own + 4 > bits)
		return;
	keeper = hidden & RESTRICT_NO_CALL ? 0 : model_callable(m, o->keeper);
	if (keeper)
		w->keeper = keeper;
	if (keeper && !(hidden & (RESTRICT_READ_ONLY | RESTRICT_WEAK)))
		w->store_keeper = keeper;
	w->status = MODEL_INVALID;
	if (offset >> (own + 4) == 0)
		model_walk(m, model_fetch(m, o->slot[offset >> own], hidden), offset & ((1ull << own) - 1), own, w);
}

#endif
