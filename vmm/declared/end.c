/* end.c: the end of the way: what stands in the area then. */
#include "vmm/declared/state.h"

#include <string.h>

static void write_record(const struct declared_cpu *c)
{
	memcpy(&area_of(c)->access, &c->asked, c->asked.size);
}

/* The answer was for this attempt. */
static void write_empty(const struct declared_cpu *c)
{
	__atomic_store_n(&area_of(c)->access.state, GUEST_ACCESS_EMPTY, __ATOMIC_RELEASE);
}

/* What a part has come to. */
static void note_stepped(const struct plan *plan, const struct part *part, struct guest_part *out)
{
	const struct access *a = &part->access;

	if (a->has_before)
		memcpy(out->before, a->before, a->size);
	memcpy(out->after, a->op == ACCESS_LOAD || plan->after.unstored ? out->before : a->after, a->size);
}

/* What is known of a part since it was asked: its frame, and what was there before a store. */
static void recall(const struct guest_access *asked, struct guest_part *out)
{
	for (unsigned i = 0; i < asked->parts; i++) {
		const struct guest_part *part = &asked->part_of[i];

		if (part->object != out->object || ((part->offset ^ out->offset) & ~PAGE_MASK) != 0)
			continue;
		out->frame = part->frame;
		if (part->offset == out->offset && part->size == out->size)
			memcpy(out->before, part->before, sizeof(out->before));
	}
}

/*
 * The kernel is told of a step, unless it has entered the kernel: by an exception, which counts instead, or by a
 * system call, after which nothing may come before the kernel's first instruction.
 */
static bool end_stepped(struct declared_cpu *c, struct plan *plan, bool delivers)
{
	c->stats.stepped++;
	memcpy(c->answer.part_of, c->asked.part_of, c->asked.parts * sizeof(c->asked.part_of[0]));
	if (delivers || plan->after.regs.cpl != 3 || !record_of(plan, &c->of->keeper, &c->asked, &c->map)) {
		write_empty(c);
		return false;
	}
	c->asked.id = c->answer.id;
	c->asked.state = GUEST_ACCESS_STEPPED;
	c->asked.phase = c->answer.phase;
	c->asked.part = c->answer.part < c->asked.parts ? c->answer.part : 0;
	for (unsigned i = 0; i < c->asked.parts; i++) {
		recall(&c->answer, &c->asked.part_of[i]);
		note_stepped(plan, declared_part(c, plan, i), &c->asked.part_of[i]);
	}
	write_record(c);
	return true;
}

/*
 * Is the guest's kernel told of what would stop the guest? If something of it is on a page that was declared, or was
 * looked at on the way, or on none at all: it is user code that did it.
 */
static bool is_the_guests(const struct declared_cpu *c, const struct plan *plan, enum outcome end)
{
	bool used = c->transaction == plan->transaction.id && c->use != USE_NONE;

	return plan->before.cpl == 3 && c->attached && (plan->suspended > 0 || used || end == OUTCOME_REFUSED);
}

static bool end_stopped(struct declared_cpu *c, struct plan *plan, enum outcome *end)
{
	if (!is_the_guests(c, plan, *end))
		return false;
	if (!record_of(plan, &c->of->keeper, &c->asked, &c->map)) {
		c->asked.parts = 0;
		c->asked.size = record_size(0);
	}
	*end = declared_refuse(c, plan, plan->why);
	write_record(c);
	return true;
}

bool declared_end(struct access_env *env, struct plan *plan, bool delivers, enum outcome *end)
{
	struct declared_cpu *c = env->declared;
	bool ours = c->transaction == plan->transaction.id;

	switch (*end) {
	case OUTCOME_SUSPEND:
		write_record(c);
		return true;
	case OUTCOME_NEXT:
		if (ours && c->use == USE_STEP)
			return end_stepped(c, plan, delivers);
		if (ours && c->use != USE_NONE)
			write_empty(c);
		return false;
	case OUTCOME_FAULT:
		if (ours && c->use != USE_NONE)
			write_empty(c);
		return false;
	case OUTCOME_STOP:
	case OUTCOME_STEP:
	case OUTCOME_REFUSED:
		return end_stopped(c, plan, end);
	case OUTCOME_RETRY:
		break;
	}
	return false;
}

bool declared_answered(const struct access_env *env, const struct plan *plan)
{
	const struct declared_cpu *c = env->declared;

	return c && c->transaction == plan->transaction.id && c->use != USE_NONE;
}
