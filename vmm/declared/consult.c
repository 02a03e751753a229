/*
 * consult.c: the stage between admit and load, for an instruction that accesses pages
 * which the guest's kernel answers for: what the record in the area answers is taken,
 * and what is not answered yet is asked.
 *
 * Nothing outside the guest has happened when it is asked: host keepers have admitted
 * their accesses, and no more.
 */
#include "capmodel/bytes.h"
#include "vmm/declared/state.h"

#include <string.h>

static void take(const struct declared_cpu *c, struct plan *plan, unsigned i)
{
	struct part *part = declared_part(c, plan, i);

	memcpy(part->access.before, c->asked.part_of[i].before, part->access.size);
	part->access.has_before = true;
}

/* What was loaded up to the turn that is answered, into the question and the plan. */
void declared_take_loads(struct declared_cpu *c, struct plan *plan, struct turn at)
{
	for (unsigned i = 0; i < c->asked.parts; i++) {
		struct guest_part *p = &c->asked.part_of[i];

		memset(p->before, 0, sizeof(p->before));
		memset(p->after, 0, sizeof(p->after));
		if (!order_reads(p))
			continue;
		if (p->frame) /* as it is now: what is stored elsewhere may depend on it */
			bytes_load(p->before, declared_frame(c, p), p->size);
		else if (order_up_to((struct turn){GUEST_PHASE_LOAD, i}, at))
			memcpy(p->before, c->answer.part_of[i].before, p->size);
		else
			continue;
		take(c, plan, i);
	}
}

/* What only a step carries out: with all its pages named, or the code of it there. */
static enum outcome only_a_step(struct declared_cpu *c, struct plan *plan)
{
	for (unsigned i = 0; i < c->asked.parts; i++)
		if (!c->asked.part_of[i].frame)
			return plan->insn ? declared_refuse(c, plan, "only a step carries it out, on all of its pages")
					  : declared_fetched(c, plan);
	c->stats.answered++;
	return declared_use(c, plan);
}

/* Go on behind the turn that is answered. */
static enum outcome go_on(struct declared_cpu *c, struct access_env *env, struct plan *plan, struct turn at)
{
	struct order order = declared_order(c, plan);
	struct turn next = at;
	bool more = order_next(&order, &next);
	enum outcome end;

	if (!more && declared_only_a_step(plan))
		return only_a_step(c, plan);
	declared_take_loads(c, plan, at);
	if (at.phase == GUEST_PHASE_STORE || (more && next.phase == GUEST_PHASE_STORE)) {
		if ((end = declared_find_stores(c, env, plan)) != OUTCOME_NEXT)
			return end;
		more = more && !plan->after.unstored;
		if (!declared_stores_agree(c, at))
			return declared_restart(c, env, plan);
	}
	c->stats.answered++;
	return more ? declared_ask(c, plan, next, c->answer.id, 0) : declared_use(c, plan);
}

/* For the trace: it is refused. */
static void tell_denied(struct declared_cpu *c, struct plan *plan, unsigned i)
{
	const struct transaction *t = &plan->transaction;

	if (plan->insn && t->witness && t->witness->record) /* a fetch is no access of an instruction's */
		t->witness->record(t, &declared_part(c, plan, i)->access, c->of->keeper.ops->name, VERDICT_DENY);
}

static enum outcome fault(struct declared_cpu *c, struct access_env *env, struct plan *plan, struct turn at)
{
	struct fault fault;

	if (!record_fault(&c->answer, &fault))
		return declared_restart(c, env, plan);
	c->stats.answered++;
	declared_use_as(c, plan, USE_FAULT);
	tell_denied(c, plan, at.part);
	plan->cr2 = c->asked.part_of[at.part].address;
	return plan_fault(plan, fault.vector, fault.has_error, fault.error);
}

enum outcome declared_take_answer(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	struct order order = declared_order(c, plan);
	struct turn at = {c->answer.phase, c->answer.part};

	if (!record_fits(&c->answer, &c->asked, atomic_load(&c->of->issued)) || at.part >= c->asked.parts ||
	    !declared_take_frames(c, at.part) || !order_has(&order, at))
		return declared_restart(c, env, plan);
	switch (c->answer.verdict) {
	case GUEST_VERDICT_DONE:
		return go_on(c, env, plan, at);
	case GUEST_VERDICT_FAULT:
		return fault(c, env, plan, at);
	case GUEST_VERDICT_STEP:
		return declared_take_frame(c, at.part) ? go_on(c, env, plan, at) : declared_restart(c, env, plan);
	default: /* a number of the guest's */
		return declared_restart(c, env, plan);
	}
}

/* The pages may have been withdrawn between the look at the space and the lock on the keeper. */
static bool still_declared(const struct access_env *env, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];
		struct space_slot slot;

		if (!part->suspended)
			continue;
		space_find(env->space, (gpa_t){part->access.gpa}, &slot);
		if (slot.cap.type != CAP_ENTRY || slot.cap.object.keeper != part->cap.object.keeper ||
		    slot.cap.badge != part->access.badge ||
		    slot.offset + (part->access.gpa - slot.start.v) != part->access.offset)
			return false;
	}
	return true;
}

static uint64_t first_gpa(const struct declared_cpu *c, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++)
		if (record_is_kept(&plan->parts[i], &c->of->keeper))
			return plan->parts[i].access.gpa;
	return 0;
}

bool declared_look(struct declared_cpu *c)
{
	const struct guest_access *access = &area_of(c)->access;

	if (__atomic_load_n(&access->state, __ATOMIC_ACQUIRE) != GUEST_ACCESS_ANSWERED)
		return false;
	record_copy((const uint8_t *)access, &c->answer);
	return c->answer.state == GUEST_ACCESS_ANSWERED;
}

enum outcome declared_consult(struct access_env *env, struct plan *plan)
{
	struct declared_cpu *c = env->declared;

	if (plan->before.cpl != 3) {
		plan_stop(plan, "the guest's kernel, at CPL %u, touches gpa 0x%llx, which it has declared virtual",
			  plan->before.cpl, (unsigned long long)first_gpa(c, plan));
		return OUTCOME_REFUSED;
	}
	if (!c->attached)
		return plan_stop(plan, "gpa 0x%llx is declared virtual, and this CPU has no area to ask in",
				 (unsigned long long)first_gpa(c, plan));
	if (!still_declared(env, plan))
		return OUTCOME_RETRY;
	if (!record_of(plan, &c->of->keeper, &c->asked, &c->map))
		return declared_refuse(c, plan, "more parts than a record holds");
	return declared_look(c) ? declared_take_answer(c, env, plan) : declared_ask_first(c, env, plan, 0);
}

/* Does a keeper on the host give a part of it? */
static bool loads_from_host(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];

		if (part->access.op != ACCESS_STORE && !part->suspended && !part->absent && part->who.type == CAP_ENTRY)
			return true;
	}
	return false;
}

/*
 * What is stored would be another thing than the kernel has stored: memory has changed, and the question comes
 * anew; or a host keeper gave something else than it showed, and would again.
 */
enum outcome declared_agree(struct access_env *env, struct plan *plan)
{
	struct declared_cpu *c = env->declared;

	if (c->transaction != plan->transaction.id || plan->after.unstored)
		return OUTCOME_NEXT;
	for (unsigned i = 0; i < c->asked.parts; i++) {
		const struct guest_part *p = &c->asked.part_of[i];

		if (!declared_part(c, plan, i)->suspended || !order_writes(p) ||
		    memcmp(p->after, declared_stored(c, plan, i), p->size) == 0)
			continue;
		if (plan->insn->flags & INSN_VECTOR)
			*plan->vector = c->vector; /* it has not happened */
		if (loads_from_host(plan))
			return declared_refuse(c, plan, "a keeper on the host gives something else than it shows");
		return declared_restart(c, env, plan);
	}
	return OUTCOME_NEXT;
}
