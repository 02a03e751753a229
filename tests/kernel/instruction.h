/*
 * instruction.h: stands in for the CPU and the monitor while a process executes one instruction with
 * one or two operands in memory, some of them on virtual pages. As guest/abi/virtual.h has it: the
 * instruction is planned afresh each time, and an answer counts only if it fits.
 */
#ifndef TESTS_KERNEL_INSTRUCTION_H
#define TESTS_KERNEL_INSTRUCTION_H

#include "tests/kernel/machine.h"

enum rig_kind {
	RIG_LOAD, /* value = [to] */
	RIG_STORE, /* [to] = value */
	RIG_ADD, /* value = [to]; [to] = value + operand, locked */
	RIG_MOVE, /* [to] = value = [from] */
};

struct rig_insn {
	enum rig_kind kind;
	uint64_t to, from; /* addresses; an operand does not cross pages */
	uint8_t size; /* 1, 2, 4, 8 */
	uint64_t value;
};

enum rig_end {
	RIG_DONE,
	RIG_WAITS, /* blocked, stopped, or to be tried again: rig_next() */
	RIG_STEPPED, /* done by a step; the keeper is asked */
};

struct rig_plan {
	unsigned noperands;
	struct guest_part operand[2];
	struct mapping at[2];
	struct guest_access asked; /* the parts of it on virtual pages */
	unsigned operand_of[2]; /* of each part */
	struct {
		uint8_t phase, part;
	} question[6];
	unsigned nquestions;
};

static inline uint64_t rig_get(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size);
	return value;
}

static inline bool rig_writes(const struct guest_part *part)
{
	return part->op == GUEST_OP_STORE || part->op == GUEST_OP_MODIFY;
}

static inline void rig_operand(struct rig_plan *plan, uint64_t address, uint8_t op, uint8_t size)
{
	plan->operand[plan->noperands++] =
		(struct guest_part){.address = address, .offset = address % 4096, .op = op, .size = size};
}

static inline void rig_question(struct rig_plan *plan, unsigned phase, unsigned part)
{
	plan->question[plan->nquestions].phase = (uint8_t)phase;
	plan->question[plan->nquestions++].part = (uint8_t)part;
}

static inline bool rig_plan_of(struct process *p, const struct rig_insn *insn, struct rig_plan *plan)
{
	static const uint8_t ops[] = {GUEST_OP_LOAD, GUEST_OP_STORE, GUEST_OP_MODIFY, GUEST_OP_STORE};
	struct guest_access *a = &plan->asked;

	*plan = (struct rig_plan){.noperands = 0};
	if (insn->kind == RIG_MOVE)
		rig_operand(plan, insn->from, GUEST_OP_LOAD, insn->size);
	rig_operand(plan, insn->to, ops[insn->kind], insn->size);
	for (unsigned i = 0; i < plan->noperands; i++) {
		struct guest_part *operand = &plan->operand[i];

		if (!rig_translate(p, operand->address, rig_writes(operand), &plan->at[i]))
			return false;
	}
	for (unsigned i = 0; i < plan->noperands; i++) { /* a later page fault may have moved frames */
		if (plan->at[i].physical < RIG_WINDOW)
			continue;
		plan->operand[i].object = rig_window_object(&plan->at[i]);
		plan->operand[i].flags = plan->operand[i].op == GUEST_OP_MODIFY ? GUEST_PART_LOCKED : 0;
		plan->operand_of[a->parts] = i;
		a->part_of[a->parts++] = plan->operand[i];
	}
	for (unsigned i = 0; a->parts > 1 && i < a->parts; i++)
		rig_question(plan, GUEST_PHASE_ADMIT, i);
	for (unsigned i = 0; i < a->parts; i++)
		if (a->part_of[i].op != GUEST_OP_STORE)
			rig_question(plan, GUEST_PHASE_LOAD, i);
	for (unsigned i = 0; i < a->parts; i++)
		if (rig_writes(&a->part_of[i]))
			rig_question(plan, GUEST_PHASE_STORE, i);
	a->rip = kernel_registers(p)->rip;
	a->size = (uint32_t)(offsetof(struct guest_access, part_of) + a->parts * sizeof(struct guest_part));
	return true;
}

static inline bool rig_fits(const struct guest_access *answer, const struct guest_access *asked)
{
	if (answer->state != GUEST_ACCESS_ANSWERED || answer->rip != asked->rip || answer->parts != asked->parts)
		return false;
	for (unsigned i = 0; i < asked->parts; i++) {
		const struct guest_part *a = &answer->part_of[i], *b = &asked->part_of[i];

		if (a->object != b->object || a->offset != b->offset || a->address != b->address || a->op != b->op ||
		    a->size != b->size)
			return false;
	}
	return true;
}

/* What the instruction computes, once what it loads is in operand[].before: into operand[].after. */
static inline uint64_t rig_compute(const struct rig_insn *insn, struct rig_plan *plan)
{
	struct guest_part *last = &plan->operand[plan->noperands - 1];
	uint64_t loaded = rig_get(plan->operand[0].before, insn->size);
	uint64_t stored = insn->kind == RIG_ADD ? loaded + insn->value : insn->kind == RIG_MOVE ? loaded : insn->value;

	memcpy(last->after, &stored, insn->size);
	return loaded;
}

static inline uint8_t *rig_memory_of(const struct rig_plan *plan, unsigned operand)
{
	return (uint8_t *)machine_memory(plan->at[operand].physical) + plan->operand[operand].offset;
}

/* On the memory at hand: real pages, and in a step the keepers' pages in the virtual ones' place. */
static inline void rig_carry_out(struct process *p, struct rig_insn *insn, struct rig_plan *plan)
{
	uint64_t loaded;

	for (unsigned i = 0; i < plan->asked.parts; i++)
		if (plan->asked.part_of[i].frame)
			plan->at[plan->operand_of[i]].physical = plan->asked.part_of[i].frame * 4096ull;
	for (unsigned i = 0; i < plan->noperands; i++) {
		if (plan->at[i].physical < RIG_WINDOW)
			memcpy(plan->operand[i].before, rig_memory_of(plan, i), insn->size);
	}
	loaded = rig_compute(insn, plan);
	for (unsigned i = 0; i < plan->noperands; i++) {
		if (plan->at[i].physical < RIG_WINDOW && rig_writes(&plan->operand[i]))
			memcpy(rig_memory_of(plan, i), plan->operand[i].after, insn->size);
		if (plan->at[i].physical < RIG_WINDOW)
			memcpy(plan->operand[i].after, rig_memory_of(plan, i), insn->size);
	}
	if (insn->kind != RIG_STORE)
		insn->value = insn->kind == RIG_ADD ? insn->value : loaded;
	kernel_registers(p)->rax = loaded;
	kernel_registers(p)->rip += 4;
}

static inline enum rig_end rig_step(struct process *p, struct rig_insn *insn, struct rig_plan *plan)
{
	struct guest_access *a = &plan->asked;

	rig_carry_out(p, insn, plan);
	a->id = rig.area.id;
	a->rip = kernel_registers(p)->rip;
	a->state = GUEST_ACCESS_STEPPED;
	for (unsigned i = 0; i < a->parts; i++) {
		uint32_t frame = a->part_of[i].frame;

		a->part_of[i] = plan->operand[plan->operand_of[i]];
		a->part_of[i].frame = frame;
	}
	rig.area = *a;
	kernel_access(p, &rig.area);
	return RIG_STEPPED;
}

/* The next one from this on of which the part has no frame; nquestions: there is none. */
static inline unsigned rig_open_question(const struct rig_plan *plan, unsigned index)
{
	while (index < plan->nquestions && plan->asked.part_of[plan->question[index].part].frame)
		index++;
	return index;
}

/* The answers so far: a STEP names a frame for all parts of a page. */
static inline bool rig_take_frames(struct rig_plan *plan)
{
	bool any = false;

	for (unsigned i = 0; i < plan->asked.parts; i++) {
		for (unsigned j = 0; j < plan->asked.parts; j++)
			if (rig.area.part_of[j].object == plan->asked.part_of[i].object && rig.area.part_of[j].frame)
				plan->asked.part_of[i].frame = rig.area.part_of[j].frame;
		any |= plan->asked.part_of[i].frame != 0;
	}
	return any;
}

static inline enum rig_end rig_question_next(struct process *p, struct rig_insn *insn, struct rig_plan *plan,
					     unsigned index)
{
	struct guest_access *a = &plan->asked;

	a->id = index ? rig.area.id : ++rig.last_id;
	a->state = GUEST_ACCESS_ASKED;
	a->phase = plan->question[index].phase;
	a->part = plan->question[index].part;
	a->flags = rig_open_question(plan, index + 1) < plan->nquestions ? GUEST_ACCESS_HOLD : 0;
	for (unsigned i = 0; i < a->parts; i++)
		a->flags |= a->part_of[i].frame ? GUEST_ACCESS_HOLD : 0;
	if (a->phase == GUEST_PHASE_STORE) {
		for (unsigned i = 0; i < plan->noperands; i++)
			if (plan->at[i].physical < RIG_WINDOW)
				memcpy(plan->operand[i].before, rig_memory_of(plan, i), insn->size);
		for (unsigned i = 0; i < a->parts; i++)
			if (a->part_of[i].frame)
				memcpy(plan->operand[plan->operand_of[i]].before,
				       (uint8_t *)machine_memory(a->part_of[i].frame * 4096ull) + a->part_of[i].offset,
				       insn->size);
		rig_compute(insn, plan);
		for (unsigned i = 0; i < a->parts; i++)
			memcpy(a->part_of[i].after, plan->operand[plan->operand_of[i]].after, insn->size);
	}
	rig.area = *a;
	kernel_access(p, &rig.area);
	return RIG_WAITS;
}

/* The process that runs tries to execute it, once. */
static inline enum rig_end rig_execute(struct process *p, struct rig_insn *insn)
{
	struct rig_plan plan;
	struct guest_access *a = &plan.asked;
	unsigned index = 0;
	bool steps;

	if (!rig_plan_of(p, insn, &plan))
		return RIG_WAITS;
	if (a->parts == 0) {
		rig_carry_out(p, insn, &plan);
		return RIG_DONE;
	}
	if (!rig_fits(&rig.area, a))
		return rig_question_next(p, insn, &plan, 0);
	steps = rig_take_frames(&plan);
	while (index < plan.nquestions &&
	       (plan.question[index].phase != rig.area.phase || plan.question[index].part != rig.area.part))
		index++;
	for (unsigned i = 0; i < a->parts; i++) {
		memcpy(a->part_of[i].before, rig.area.part_of[i].before, insn->size);
		memcpy(plan.operand[plan.operand_of[i]].before, rig.area.part_of[i].before, insn->size);
	}
	index = rig_open_question(&plan, index + 1);
	if (index < plan.nquestions)
		return rig_question_next(p, insn, &plan, index);
	if (steps)
		return rig_step(p, insn, &plan);
	rig.area.state = GUEST_ACCESS_EMPTY; /* used */
	rig_carry_out(p, insn, &plan);
	return RIG_DONE;
}

#endif
