/*
 * open.c: instructions that are carried out on bytes which the answer names or holds, in
 * place of a page: the verdict STEP, and code that is fetched from such a page.
 */
#include "vmm/declared/state.h"

#include <string.h>

#define FETCH_SIZE 16

bool declared_only_a_step(const struct plan *plan)
{
	return !plan->insn || plan->insn->exec == EXEC_STEP;
}

/* Its code is in the record: the step finds it there. */
enum outcome declared_fetched(struct declared_cpu *c, struct plan *plan)
{
	const struct guest_part *asked = &c->asked.part_of[0];

	c->open = (struct declared_open){
		.transaction = plan->transaction.id,
		.object = asked->object,
		.offset = asked->offset,
		.size = asked->size,
	};
	memcpy(c->open.code, c->answer.part_of[0].before, asked->size);
	c->stats.answered++;
	return declared_use_as(c, plan, USE_VALUES);
}

static bool on_page(const struct declared_open *open, const struct guest_part *p)
{
	return p->object == open->object && (p->offset & ~PAGE_MASK) == open->offset;
}

/* The page that the answer names, in place of that of the part that was asked. False if it can be none. */
static bool open_page(struct declared_cpu *c, const struct plan *plan, struct turn at)
{
	const struct guest_part *asked = &c->asked.part_of[at.part];
	gpa_t page = {c->answer.page};

	if ((page.v & PAGE_MASK) || areas_touch(c->of, page, PAGE_SIZE) || !declared_is_memory(c->of, page, PAGE_SIZE))
		return false;
	c->open = (struct declared_open){
		.transaction = plan->transaction.id,
		.object = asked->object,
		.offset = asked->offset & ~PAGE_MASK,
		.size = PAGE_SIZE,
		.bytes = ram_bytes(c->of->host.ram, page, PAGE_SIZE),
	};
	return true;
}

/* Is everything on other pages answered before this turn? */
static bool others_answered(const struct declared_cpu *c, const struct order *order, struct turn at)
{
	struct turn last = {GUEST_PHASE_STORE, GUEST_PARTS_MAX};

	for (struct turn t = at; order_up_to(t, last);) {
		if (!on_page(&c->open, &c->asked.part_of[t.part]))
			return false;
		if (!order_next(order, &t))
			return true;
	}
	return true;
}

/* Parts on the page are the keeper's own now: it loads and stores there. The others have stored what the answer says.
 */
static void open_parts(struct declared_cpu *c, struct plan *plan)
{
	for (unsigned i = 0; i < c->asked.parts; i++) {
		struct part *part = declared_part(c, plan, i);

		if (on_page(&c->open, &c->asked.part_of[i]))
			part->suspended = part->access.has_before = false;
		else
			memcpy(c->asked.part_of[i].after, c->answer.part_of[i].after, GUEST_SIZE_MAX);
	}
}

enum outcome declared_stepped_on(struct declared_cpu *c, struct access_env *env, struct plan *plan, struct turn at)
{
	struct order order = declared_order(c, plan);

	if (!open_page(c, plan, at))
		return declared_restart(c, env, plan);
	if (!others_answered(c, &order, at))
		return declared_refuse(c, plan,
				       "it is to be stepped on one page, and on another something is not answered");
	c->stats.answered++;
	if (declared_only_a_step(plan))
		return declared_use_as(c, plan, USE_STEP);
	declared_take_loads(c, plan, at);
	open_parts(c, plan);
	return declared_use_as(c, plan, USE_STEP);
}

/* The fetch of an instruction whose bytes cannot be read: from where they end. False if that is no declared page. */
static bool fetch_of(const struct declared_cpu *c, const struct access_env *env, const struct plan *plan,
		     struct guest_part *out)
{
	const struct regs *regs = &plan->before;
	uint64_t linear = regs->seg[SEG_CS].base + regs->rip + plan->code_size;
	gva_t gva = {regs->mode == MODE_64 ? linear : (uint32_t)linear};
	struct space_slot slot;
	uint64_t rest;
	gpa_t gpa;

	if (plan->insn || plan->code_size == INSN_MAX || !access_translate(env, regs, gva, WALK_FETCH, &gpa))
		return false;
	space_find(env->space, gpa, &slot);
	if (slot.cap.type != CAP_ENTRY || slot.cap.object.keeper != &c->of->keeper || slot.stores_only)
		return false;
	rest = PAGE_SIZE - (gpa.v & PAGE_MASK);
	*out = (struct guest_part){
		.object = slot.cap.badge,
		.offset = slot.offset + (gpa.v - slot.start.v),
		.address = gva.v,
		.op = GUEST_OP_FETCH,
		.size = (unsigned char)(rest < FETCH_SIZE ? rest : FETCH_SIZE),
		.flags = GUEST_PART_IMPLICIT,
	};
	return true;
}

/* What of it is known to be the kernel's: its code, or the operands of what only a step carries out. */
static bool find_parts(struct declared_cpu *c, const struct access_env *env, const struct plan *plan)
{
	if (!record_of(plan, &c->of->keeper, &c->asked, &c->map))
		return true; /* too many: there is nothing to ask */
	if (c->asked.parts == 0 && fetch_of(c, env, plan, &c->asked.part_of[0])) {
		c->asked.parts = 1;
		c->asked.size = record_size(1);
	}
	return c->asked.parts > 0;
}

enum outcome declared_step(struct access_env *env, struct plan *plan)
{
	struct declared_cpu *c = env->declared;
	bool stepped = c->use == USE_STEP && c->transaction == plan->transaction.id;

	if (plan->before.cpl != 3 || !c->attached)
		return OUTCOME_NEXT;
	if (!stepped && plan->suspended > 0) /* answered, and then no handler could do it */
		return declared_refuse(c, plan, plan->why);
	if (!stepped && (!declared_only_a_step(plan) || !find_parts(c, env, plan)))
		return OUTCOME_NEXT;
	if (!c->of->host.steps || !c->of->host.steps(c->of->host.self))
		return declared_refuse(c, plan, "only a step carries it out, and this KVM cannot single-step at CPL 3");
	if (stepped)
		return OUTCOME_NEXT;
	if (c->asked.parts == 0)
		return declared_refuse(c, plan, "more parts than a record holds");
	return declared_look(c) ? declared_take_answer(c, env, plan) : declared_ask_first(c, env, plan, 0);
}
