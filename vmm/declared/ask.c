/* ask.c: asking the guest's kernel. */
#include "vmm/declared/state.h"

#include <stdio.h>
#include <string.h>

struct order declared_order(const struct declared_cpu *c, const struct plan *plan)
{
	return (struct order){
		.parts = c->asked.part_of,
		.nparts = c->asked.parts,
		.no_bytes = plan->insn && (plan->insn->exec == EXEC_FLUSH || plan->insn->exec == EXEC_STEP),
	};
}

struct part *declared_part(const struct declared_cpu *c, struct plan *plan, unsigned i)
{
	return &plan->parts[c->map.part[i]];
}

static enum outcome deliver(struct declared_cpu *c, struct plan *plan, unsigned state)
{
	c->transaction = plan->transaction.id;
	c->use = USE_NONE;
	c->asked.state = state;
	return OUTCOME_SUSPEND;
}

enum outcome declared_ask(struct declared_cpu *c, struct plan *plan, struct turn turn, uint64_t id, uint8_t flags)
{
	struct order order = declared_order(c, plan);
	struct turn next = turn;

	c->asked.id = id;
	c->asked.phase = (uint8_t)turn.phase;
	c->asked.part = (uint16_t)turn.part;
	c->asked.flags = flags | (order_next(&order, &next) || declared_steps(c) ? GUEST_ACCESS_HOLD : 0);
	c->stats.delivered++;
	return deliver(c, plan, GUEST_ACCESS_ASKED);
}

static uint64_t new_id(struct declared_cpu *c)
{
	return atomic_fetch_add(&c->of->issued, 1) + 1;
}

enum outcome declared_refuse(struct declared_cpu *c, struct plan *plan, const char *why)
{
	c->asked.id = new_id(c);
	c->stats.refused++;
	snprintf(c->stats.why, sizeof(c->stats.why), "rip 0x%llx: %.200s", (unsigned long long)plan->before.rip, why);
	return deliver(c, plan, GUEST_ACCESS_REFUSED);
}

enum outcome declared_use_as(struct declared_cpu *c, struct plan *plan, enum declared_use how)
{
	c->transaction = plan->transaction.id;
	c->use = how;
	return OUTCOME_NEXT;
}

enum outcome declared_ask_first(struct declared_cpu *c, struct access_env *env, struct plan *plan, uint8_t flags)
{
	struct order order = declared_order(c, plan);
	struct turn first;
	enum outcome end;

	for (unsigned i = 0; i < c->asked.parts; i++) {
		memset(c->asked.part_of[i].before, 0, GUEST_SIZE_MAX);
		memset(c->asked.part_of[i].after, 0, GUEST_SIZE_MAX);
		c->asked.part_of[i].frame = 0;
	}
	first = order_first(&order);
	if (first.phase == GUEST_PHASE_STORE) {
		if ((end = declared_find_stores(c, env, plan)) != OUTCOME_NEXT)
			return end;
		if (plan->after.unstored)
			return declared_use_as(c, plan, USE_VALUES);
	}
	return declared_ask(c, plan, first, new_id(c), flags);
}

/* The answer that stands there is not to this question. */
enum outcome declared_restart(struct declared_cpu *c, struct access_env *env, struct plan *plan)
{
	c->stats.restarted++;
	return declared_ask_first(c, env, plan, GUEST_ACCESS_RESTARTED);
}
