/*
 * transfer.c: load, execute, store: phase 2. Everything was admitted; the keepers
 * give what the loads return, the instruction is carried out on those bytes, and
 * the keepers take what it stores.
 */
#include "capmodel/bytes.h"
#include "capmodel/rare.h"
#include "vmm/access/access.h"
#include "vmm/access/locked.h"
#include "vmm/access/stepped.h"
#include "vmm/declared/declared.h"

#include <string.h>

static void load_part(struct plan *plan, struct part *part)
{
	struct access *a = &part->access;

	if (rare(part->absent))
		memset(a->before, 0xff, a->size);
	else if (usual(!part->suspended))
		ask_load(part->who, &plan->transaction, a);
	a->has_before = true;
	bytes_load(plan->loaded[part->ref] + part->at, a->before, a->size);
}

enum outcome access_load(struct access_env *env, struct plan *plan)
{
	(void)env;
	if (rare(plan->insn->exec == EXEC_FLUSH))
		return OUTCOME_NEXT; /* a keeper is asked for its admission, not for a byte that nobody takes */
	for (unsigned i = 0; i < plan->nparts; i++)
		if (plan->parts[i].access.op != ACCESS_STORE)
			load_part(plan, &plan->parts[i]);
	return OUTCOME_NEXT;
}

/* #DE, #UD, #MF and #XM push no error code; #GP and #AC push zero. */
static bool pushes_error(uint8_t vector)
{
	return vector == 13 || vector == 17;
}

enum outcome access_execute_once(struct access_env *env, struct plan *plan)
{
	struct execution_in in = {
		.insn = plan->insn,
		.regs = &plan->before,
		.nrefs = plan->nrefs,
		.refs = plan->refs,
		.loaded = plan->loaded,
		.partial = plan->partial,
	};
	enum outcome end;

	if (plan->insn->flags & INSN_VECTOR && (end = plan_vector(env, plan)) != OUTCOME_NEXT)
		return end;
	switch (execute(env->executor, &in, plan->vector, &plan->after)) {
	case EXECUTE_OK:
		return OUTCOME_NEXT;
	case EXECUTE_EXCEPTION:
		plan->vector_changed = plan->vector != NULL;
		return plan_fault(plan, plan->after.vector, pushes_error(plan->after.vector), 0);
	case EXECUTE_REFUSED:
		break;
	case EXECUTE_BEYOND:
		if (plan->deferred)
			return OUTCOME_FAULT; /* at the piece that plan_end_before() cut off */
		return plan_step(plan,
				 "cannot carry out \"%s\": its area's header names components that were not loaded",
				 plan->insn->text);
	}
	return plan_step(plan, "cannot carry out \"%s\": %s", plan->insn->text, plan->after.why);
}

static enum outcome agree(struct access_env *env, struct plan *plan)
{
	return rare(plan->suspended > 0) ? declared_agree(env, plan) : OUTCOME_NEXT;
}

/* What the instruction stores, as its accesses say it. */
static void fill_after(struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++) {
		struct part *part = &plan->parts[i];

		if (part->access.op != ACCESS_LOAD)
			bytes_load(part->access.after, plan->after.stored[part->ref] + part->at, part->access.size);
	}
}

/* Keepers that said STEP are asked again, while nothing is stored yet. */
static enum outcome ask_again(struct plan *plan)
{
	if (usual(!plan->stepping || plan->after.unstored))
		return OUTCOME_NEXT;
	fill_after(plan);
	return stepped_ask(plan);
}

/* What another vCPU changed between load and publishing is loaded again; keepers are not asked twice. */
enum outcome access_execute(struct access_env *env, struct plan *plan)
{
	enum outcome end = access_execute_once(env, plan);

	while (end == OUTCOME_NEXT && (end = agree(env, plan)) == OUTCOME_NEXT &&
	       (end = ask_again(plan)) == OUTCOME_NEXT && rare(!locked_publish(plan))) {
		for (unsigned i = 0; i < plan->nparts; i++)
			if (locked_is_memory(&plan->parts[i]))
				load_part(plan, &plan->parts[i]);
		end = access_execute_once(env, plan);
	}
	return end;
}

void access_store(struct access_env *env, struct plan *plan)
{
	(void)env;
	for (unsigned i = 0; i < plan->nparts && !plan->after.unstored; i++) {
		struct part *part = &plan->parts[i];
		struct access *a = &part->access;

		if (a->op == ACCESS_LOAD || locked_is_memory(part))
			continue;
		bytes_load(a->after, plan->after.stored[part->ref] + part->at, a->size);
		if (usual(!part->absent && !part->suspended))
			ask_store(part->who, &plan->transaction, a);
	}
}
