#include "vmm/declared/order.h"

bool order_reads(const struct guest_part *part)
{
	return part->op != GUEST_OP_STORE;
}

bool order_writes(const struct guest_part *part)
{
	return part->op == GUEST_OP_STORE || part->op == GUEST_OP_MODIFY;
}

bool order_has(const struct order *o, struct turn t)
{
	if (t.part >= o->nparts || o->parts[t.part].frame)
		return false;
	if (t.phase == GUEST_PHASE_ADMIT)
		return o->nparts > 1 || o->no_bytes;
	if (o->no_bytes)
		return false;
	if (t.phase == GUEST_PHASE_LOAD)
		return order_reads(&o->parts[t.part]);
	return t.phase == GUEST_PHASE_STORE && order_writes(&o->parts[t.part]);
}

/* From t on, the first that there is. */
static bool find(const struct order *o, struct turn *t)
{
	struct turn at = *t;

	for (; at.phase <= GUEST_PHASE_STORE; at.phase++, at.part = 0)
		for (; at.part < o->nparts; at.part++)
			if (order_has(o, at)) {
				*t = at;
				return true;
			}
	return false;
}

struct turn order_first(const struct order *o)
{
	struct turn t = {GUEST_PHASE_ADMIT, 0};

	find(o, &t); /* each part loads or stores, so there is one */
	return t;
}

bool order_next(const struct order *o, struct turn *t)
{
	struct turn at = {t->phase, t->part + 1};

	if (!find(o, &at))
		return false;
	*t = at;
	return true;
}

bool order_up_to(struct turn a, struct turn b)
{
	return a.phase < b.phase || (a.phase == b.phase && a.part <= b.part);
}
