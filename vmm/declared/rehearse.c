/*
 * rehearse.c: what an instruction would store, when nothing may happen yet: it is
 * executed on what the kernel has answered and on what the other objects can be seen to
 * hold (peek), and all of that is forgotten again.
 */
#include "vmm/declared/state.h"

#include <string.h>

/* The bytes that a part of the plan would load, without any effect. False where they cannot be known. */
static bool see(const struct part *part, uint8_t *out)
{
	const struct access *a = &part->access;

	if (part->absent)
		memset(out, 0xff, a->size);
	else if (part->suspended)
		memcpy(out, a->before, a->size);
	else
		return ask_peek(part->who, a->offset, a->size, out);
	return true;
}

/* plan->after as it would be. OUTCOME_STEP: it cannot be known; OUTCOME_FAULT: the instruction's own. */
static enum outcome rehearse(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	bool vector = plan->insn->flags & INSN_VECTOR;
	enum outcome end;

	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];
		uint8_t bytes[ACCESS_SIZE_MAX];

		if (part->access.op == ACCESS_STORE)
			continue;
		if (!see(part, bytes))
			return plan_step(plan, "\"%s\" loads from a keeper on the host that must not be asked twice",
					 plan->insn->text);
		memcpy(plan->loaded[part->ref] + part->at, bytes, part->access.size);
	}
	if (!vector)
		return access_execute_once(env, plan);
	if ((end = plan_vector(env, plan)) != OUTCOME_NEXT)
		return end;
	c->vector = *plan->vector;
	end = access_execute_once(env, plan);
	if (end != OUTCOME_FAULT) /* what an exception leaves in it is the guest's to see */
		*plan->vector = c->vector;
	return end;
}

const uint8_t *declared_stored(const struct declared_cpu *c, struct plan *plan, unsigned i)
{
	const struct part *part = declared_part(c, plan, i);

	return plan->after.stored[part->ref] + part->at;
}

static void note_stores(struct declared_cpu *c, struct plan *plan)
{
	for (unsigned i = 0; i < c->asked.parts; i++)
		if (order_writes(&c->asked.part_of[i]))
			memcpy(c->asked.part_of[i].after, declared_stored(c, plan, i), c->asked.part_of[i].size);
}

/* Has it stored, up to this turn, what the instruction stores? */
bool declared_stores_agree(const struct declared_cpu *c, struct turn at)
{
	for (unsigned i = 0; i < c->asked.parts; i++) {
		const struct guest_part *asked = &c->asked.part_of[i], *answered = &c->answer.part_of[i];

		if (order_writes(asked) && !asked->frame && order_up_to((struct turn){GUEST_PHASE_STORE, i}, at) &&
		    memcmp(asked->after, answered->after, asked->size) != 0)
			return false;
	}
	return true;
}

/* Find what it stores. OUTCOME_NEXT; else what the stage ends with. */
enum outcome declared_find_stores(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	enum outcome end = rehearse(c, env, plan);

	if (end == OUTCOME_STEP)
		return declared_refuse(c, plan, plan->why);
	if (end == OUTCOME_NEXT)
		note_stores(c, plan);
	else
		declared_use_as(c, plan, USE_FAULT); /* the instruction's own */
	return end;
}
