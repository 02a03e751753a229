/*
 * consult.c: the stage between admit and load, for an instruction that accesses pages
 * which the guest's kernel answers for: what the record in the area answers is taken,
 * and what is not answered yet is asked.
 *
 * Nothing outside the guest has happened when it is asked: host keepers have admitted
 * their accesses, and no more. What the instruction would store is found by a
 * *rehearsal*: it is executed on what the kernel has answered and on what the other
 * objects can be seen to hold (peek), and all of that is forgotten again.
 */
#include "capmodel/bytes.h"
#include "vmm/declared/state.h"

#include <stdio.h>
#include <string.h>

static struct order order_of(const struct declared_cpu *c, const struct plan *plan)
{
	return (struct order){
		.parts = c->asked.part_of,
		.nparts = c->asked.parts,
		.no_bytes = plan->insn && plan->insn->exec == EXEC_FLUSH,
	};
}

static struct part *part_of(const struct declared_cpu *c, struct plan *plan, unsigned i)
{
	return &plan->parts[c->map.part[i]];
}

/* --- asking ----------------------------------------------------------------------------- */

static enum outcome deliver(struct declared_cpu *c, struct plan *plan, unsigned state)
{
	c->transaction = plan->transaction.id;
	c->asked.state = state;
	return OUTCOME_SUSPEND;
}

static enum outcome ask(struct declared_cpu *c, struct plan *plan, struct turn turn, uint64_t id, uint8_t flags)
{
	struct order order = order_of(c, plan);
	struct turn next = turn;

	c->asked.id = id;
	c->asked.phase = (uint8_t)turn.phase;
	c->asked.part = (uint16_t)turn.part;
	c->asked.flags = flags | (order_next(&order, &next) ? GUEST_ACCESS_HOLD : 0);
	c->stats.delivered++;
	return deliver(c, plan, GUEST_ACCESS_ASKED);
}

static uint64_t new_id(struct declared_cpu *c)
{
	return atomic_fetch_add(&c->of->issued, 1) + 1;
}

static enum outcome refuse(struct declared_cpu *c, struct plan *plan, const char *why)
{
	c->asked.id = new_id(c);
	c->stats.refused++;
	snprintf(c->stats.why, sizeof(c->stats.why), "rip 0x%llx: %.200s", (unsigned long long)plan->before.rip, why);
	return deliver(c, plan, GUEST_ACCESS_REFUSED);
}

/* --- what is answered -------------------------------------------------------------------- */

static void take(const struct declared_cpu *c, struct plan *plan, unsigned i)
{
	struct part *part = part_of(c, plan, i);

	memcpy(part->access.before, c->asked.part_of[i].before, part->access.size);
	part->access.has_before = true;
}

/* What was loaded up to the turn that is answered, into the question and the plan. */
static void take_loads(struct declared_cpu *c, struct plan *plan, struct turn at)
{
	for (unsigned i = 0; i < c->asked.parts; i++) {
		struct guest_part *p = &c->asked.part_of[i];

		memset(p->before, 0, sizeof(p->before));
		memset(p->after, 0, sizeof(p->after));
		if (!order_reads(p) || !order_up_to((struct turn){GUEST_PHASE_LOAD, i}, at))
			continue;
		memcpy(p->before, c->answer.part_of[i].before, p->size);
		take(c, plan, i);
	}
}

/* --- the rehearsal ---------------------------------------------------------------------------- */

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

static const uint8_t *stored(const struct declared_cpu *c, struct plan *plan, unsigned i)
{
	const struct part *part = part_of(c, plan, i);

	return plan->after.stored[part->ref] + part->at;
}

static void note_stores(struct declared_cpu *c, struct plan *plan)
{
	for (unsigned i = 0; i < c->asked.parts; i++)
		if (order_writes(&c->asked.part_of[i]))
			memcpy(c->asked.part_of[i].after, stored(c, plan, i), c->asked.part_of[i].size);
}

/* Has it stored, up to this turn, what the instruction stores? */
static bool stores_agree(const struct declared_cpu *c, struct turn at)
{
	for (unsigned i = 0; i < c->asked.parts; i++) {
		const struct guest_part *asked = &c->asked.part_of[i], *answered = &c->answer.part_of[i];

		if (order_writes(asked) && order_up_to((struct turn){GUEST_PHASE_STORE, i}, at) &&
		    memcmp(asked->after, answered->after, asked->size) != 0)
			return false;
	}
	return true;
}

/* --- the beginning ------------------------------------------------------------------------ */

static enum outcome use(struct declared_cpu *c, struct plan *plan, enum declared_use how)
{
	c->transaction = plan->transaction.id;
	c->use = how;
	return OUTCOME_NEXT;
}

/* Find what it stores. OUTCOME_NEXT; else what the stage ends with. */
static enum outcome find_stores(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	enum outcome end = rehearse(c, env, plan);

	if (end == OUTCOME_STEP)
		return refuse(c, plan, plan->why);
	if (end == OUTCOME_NEXT)
		note_stores(c, plan);
	else
		use(c, plan, USE_FAULT); /* the instruction's own */
	return end;
}

static enum outcome ask_first(struct declared_cpu *c, struct access_env *env, struct plan *plan, uint8_t flags)
{
	struct order order = order_of(c, plan);
	struct turn first = order_first(&order);
	enum outcome end;

	for (unsigned i = 0; i < c->asked.parts; i++) {
		memset(c->asked.part_of[i].before, 0, GUEST_SIZE_MAX);
		memset(c->asked.part_of[i].after, 0, GUEST_SIZE_MAX);
	}
	if (first.phase == GUEST_PHASE_STORE) {
		if ((end = find_stores(c, env, plan)) != OUTCOME_NEXT)
			return end;
		if (plan->after.unstored)
			return use(c, plan, USE_VALUES);
	}
	return ask(c, plan, first, new_id(c), flags);
}

/* The answer that stands there is not to this question. */
static enum outcome restart(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	c->stats.restarted++;
	return ask_first(c, env, plan, GUEST_ACCESS_RESTARTED);
}

/* --- the verdicts -------------------------------------------------------------------------------- */

/* Go on behind the turn that is answered. */
static enum outcome done(struct declared_cpu *c, struct access_env *env, struct plan *plan, struct turn at)
{
	struct order order = order_of(c, plan);
	struct turn next = at;
	bool more = order_next(&order, &next);
	enum outcome end;

	take_loads(c, plan, at);
	if (at.phase == GUEST_PHASE_STORE || (more && next.phase == GUEST_PHASE_STORE)) {
		if ((end = find_stores(c, env, plan)) != OUTCOME_NEXT)
			return end;
		more = more && !plan->after.unstored;
		if (!stores_agree(c, at))
			return restart(c, env, plan);
	}
	c->stats.answered++;
	return more ? ask(c, plan, next, c->answer.id, 0) : use(c, plan, USE_VALUES);
}

static enum outcome fault(struct declared_cpu *c, struct access_env *env, struct plan *plan, struct turn at)
{
	struct fault fault;

	if (!record_fault(&c->answer, &fault))
		return restart(c, env, plan);
	c->stats.answered++;
	use(c, plan, USE_FAULT);
	plan->cr2 = c->asked.part_of[at.part].address;
	return plan_fault(plan, fault.vector, fault.has_error, fault.error);
}

static enum outcome take_answer(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	struct order order = order_of(c, plan);
	struct turn at = {c->answer.phase, c->answer.part};

	if (!record_fits(&c->answer, &c->asked, atomic_load(&c->of->issued)) || !order_has(&order, at))
		return restart(c, env, plan);
	switch (c->answer.verdict) {
	case GUEST_VERDICT_DONE:
		return done(c, env, plan, at);
	case GUEST_VERDICT_FAULT:
		return fault(c, env, plan, at);
	default: /* a number of the guest's */
		return restart(c, env, plan);
	}
}

/* --- the stage ------------------------------------------------------------------------------------- */

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

enum outcome declared_consult(struct access_env *env, struct plan *plan)
{
	struct declared_cpu *c = env->declared;
	const struct guest_area *area = area_of(c);

	if (plan->before.cpl != 3)
		return plan_stop(plan,
				 "the guest's kernel, at CPL %u, touches gpa 0x%llx, which it has declared virtual",
				 plan->before.cpl, (unsigned long long)first_gpa(c, plan));
	if (!area)
		return plan_stop(plan, "gpa 0x%llx is declared virtual, and this CPU has no area to ask in",
				 (unsigned long long)first_gpa(c, plan));
	if (!still_declared(env, plan))
		return OUTCOME_RETRY;
	c->use = USE_NONE;
	if (!record_of(plan, &c->of->keeper, &c->asked, &c->map))
		return refuse(c, plan, "more parts than a record holds");
	record_copy((const uint8_t *)&area->access, &c->answer);
	if (c->answer.state != GUEST_ACCESS_ANSWERED)
		return ask_first(c, env, plan, 0);
	return take_answer(c, env, plan);
}

/* A host keeper gave something else than it showed, or memory has changed: what is stored would be another thing. */
enum outcome declared_agree(struct access_env *env, struct plan *plan)
{
	struct declared_cpu *c = env->declared;

	if (c->transaction != plan->transaction.id || plan->after.unstored)
		return OUTCOME_NEXT;
	for (unsigned i = 0; i < c->asked.parts; i++) {
		const struct guest_part *p = &c->asked.part_of[i];

		if (!part_of(c, plan, i)->suspended || !order_writes(p) ||
		    memcmp(p->after, stored(c, plan, i), p->size) == 0)
			continue;
		if (plan->insn->flags & INSN_VECTOR)
			*plan->vector = c->vector; /* it has not happened */
		return restart(c, env, plan);
	}
	return OUTCOME_NEXT;
}

/* --- the end of the way ----------------------------------------------------------------------------- */

static void write_record(const struct declared_cpu *c)
{
	memcpy(&area_of(c)->access, &c->asked, c->asked.size);
}

/* The answer was for this attempt. */
static void write_empty(const struct declared_cpu *c)
{
	__atomic_store_n(&area_of(c)->access.state, GUEST_ACCESS_EMPTY, __ATOMIC_RELEASE);
}

/* Something of it is on a page that was declared, or was looked at on the way: the guest's user code did it. */
static bool is_the_guests(const struct declared_cpu *c, const struct plan *plan)
{
	return plan->before.cpl == 3 && c->attached && plan->suspended > 0;
}

static bool end_stopped(struct declared_cpu *c, struct plan *plan, enum outcome *end)
{
	if (!is_the_guests(c, plan))
		return false;
	if (!record_of(plan, &c->of->keeper, &c->asked, &c->map)) {
		c->asked.parts = 0;
		c->asked.size = record_size(0);
	}
	*end = refuse(c, plan, plan->why);
	write_record(c);
	return true;
}

bool declared_end(struct access_env *env, struct plan *plan, enum outcome *end)
{
	struct declared_cpu *c = env->declared;
	bool ours = c->transaction == plan->transaction.id;

	switch (*end) {
	case OUTCOME_SUSPEND:
		write_record(c);
		return true;
	case OUTCOME_NEXT:
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
