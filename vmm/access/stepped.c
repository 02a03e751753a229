#include "vmm/access/stepped.h"

_Static_assert(PLAN_PARTS_MAX <= STEPPED_MAX, "every part may be the same keeper's");

static bool is_of(const struct part *part, const struct keeper *k)
{
	return part->who.type == CAP_ENTRY && part->who.object.keeper == k && !part->absent;
}

static bool was_asked(const struct plan *plan, unsigned before, const struct keeper *k)
{
	for (unsigned i = 0; i < before; i++)
		if (plan->parts[i].steps && is_of(&plan->parts[i], k))
			return true;
	return false;
}

static enum stepped ask(struct plan *plan, struct capability who)
{
	const struct access *accesses[STEPPED_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < plan->nparts; i++) {
		struct part *part = &plan->parts[i];
		struct access *a = &part->access;

		if (!is_of(part, who.object.keeper))
			continue;
		if (!a->has_before)
			a->has_before = ask_peek(part->who, a->offset, a->size, a->before);
		accesses[n++] = a;
	}
	return ask_stepped(who, &plan->transaction, accesses, n);
}

enum outcome stepped_ask(struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];

		if (part->steps && !was_asked(plan, i, part->who.object.keeper) && ask(plan, part->who) == STEPPED_UNDO)
			return OUTCOME_RETRY;
	}
	return OUTCOME_NEXT;
}
