/*
 * open.c: instructions that are carried out on bytes which the answer names or holds, in
 * place of pages: the verdict STEP, and code that is fetched from such a page.
 */
#include "capmodel/bytes.h"
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

	c->code = (struct declared_code){
		.transaction = plan->transaction.id,
		.object = asked->object,
		.offset = asked->offset,
		.size = asked->size,
	};
	memcpy(c->code.bytes, c->answer.part_of[0].before, asked->size);
	c->stats.answered++;
	return declared_use_as(c, plan, USE_VALUES);
}

/* --- frames ---------------------------------------------------------------------------- */

static bool on_one_page(const struct guest_part *a, uint64_t object, uint64_t offset)
{
	return a->object == object && (a->offset & ~PAGE_MASK) == (offset & ~PAGE_MASK);
}

static bool may_be_frame(const struct declared_cpu *c, uint32_t frame)
{
	gpa_t page = {(uint64_t)frame * PAGE_SIZE};

	return frame && !areas_touch(c->of, page, PAGE_SIZE) && declared_is_memory(c->of, page, PAGE_SIZE);
}

/* All parts on the page of that one lie on its frame then. */
static bool set_frame(struct declared_cpu *c, const struct guest_part *of, uint32_t frame)
{
	if (frame && !may_be_frame(c, frame))
		return false;
	for (unsigned i = 0; i < c->asked.parts; i++)
		if (on_one_page(&c->asked.part_of[i], of->object, of->offset))
			c->asked.part_of[i].frame = frame;
	return true;
}

bool declared_take_frames(struct declared_cpu *c, unsigned part)
{
	for (unsigned i = 0; i < c->asked.parts; i++)
		if (!set_frame(c, &c->asked.part_of[i], c->answer.part_of[i].frame))
			return false;
	return set_frame(c, &c->asked.part_of[part], 0);
}

bool declared_take_frame(struct declared_cpu *c, unsigned part)
{
	uint32_t frame = c->answer.part_of[part].frame;

	return frame && set_frame(c, &c->asked.part_of[part], frame);
}

uint8_t *declared_frame(const struct declared_cpu *c, const struct guest_part *part)
{
	gpa_t page = {(uint64_t)part->frame * PAGE_SIZE};

	return part->frame ? ram_bytes(c->of->host.ram, page, PAGE_SIZE) + (part->offset & PAGE_MASK) : NULL;
}

uint8_t *declared_stepped_bytes(const struct declared_cpu *c, uint64_t object, uint64_t offset, unsigned size)
{
	for (unsigned i = 0; i < c->asked.parts; i++) {
		struct guest_part at = c->asked.part_of[i];

		if (!at.frame || !on_one_page(&at, object, offset) || size > PAGE_SIZE - (offset & PAGE_MASK))
			continue;
		at.offset = offset;
		return declared_frame(c, &at);
	}
	return NULL;
}

bool declared_steps(const struct declared_cpu *c)
{
	for (unsigned i = 0; i < c->asked.parts; i++)
		if (c->asked.part_of[i].frame)
			return true;
	return false;
}

/* Parts with a frame are the keeper's own now: it loads and stores there. */
enum outcome declared_use(struct declared_cpu *c, struct plan *plan)
{
	if (!declared_steps(c))
		return declared_use_as(c, plan, USE_VALUES);
	for (unsigned i = 0; plan->insn && i < c->asked.parts; i++) {
		struct part *part = declared_part(c, plan, i);
		struct guest_part *asked = &c->asked.part_of[i];

		if (!asked->frame)
			continue;
		part->suspended = part->access.has_before = false;
		bytes_load(asked->before, declared_frame(c, asked),
			   asked->size); /* the kernel is told, also of stores */
	}
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
