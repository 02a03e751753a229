#include "vmm/access/access.h"

#include "capmodel/rare.h"
#include "vmm/declared/declared.h"

#include <string.h>

#define TRANSACTION_VCPU_SHIFT 56 /* ids are never given out twice in a machine */

/* The keepers' side of the end of a transaction: all are told, then all are free. */
void access_complete(struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts && plan->committed && !plan->after.unstored; i++)
		ask_complete(plan->parts[i].who, &plan->transaction, &plan->parts[i].access);
	for (unsigned i = 0; i < plan->nparts; i++) {
		if (plan->parts[i].owned)
			lock_release(&plan->parts[i].owned->owner);
		plan->parts[i].owned = NULL;
	}
}

void access_begin(struct access_env *env, const struct regs *before, struct plan *plan)
{
	regs_copy(&plan->before, before);
	plan->insn = NULL;
	plan->code_size = 0;
	plan->nrefs = plan->nwalks = plan->nparts = plan->suspended = 0;
	plan->vector = NULL;
	plan->probed_trap = plan->partial = plan->deferred = plan->vector_changed = plan->busy = plan->asked =
		plan->admitted = plan->stepping = plan->committed = false;
	plan->stepped[0] = '\0';
	plan->why[0] = '\0';
	plan->transaction = (struct transaction){
		.id = (uint64_t)env->vcpu << TRANSACTION_VCPU_SHIFT | ++env->transactions,
		.vcpu = env->vcpu,
		.cpl = before->cpl,
		.rip = before->rip,
		.witness = env->witness,
	};
}

/* Does any operand explain why the guest stopped here? */
static bool touches_trap(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++)
		if (usual(plan->parts[i].trapped || plan->parts[i].absent))
			return true;
	return plan->probed_trap;
}

/* What the CPU raises before the instruction touches any memory, where no CPU has looked yet. */
static enum outcome check_enabled(struct access_env *env, struct plan *plan)
{
	uint64_t xcr0 = UINT64_MAX;
	uint8_t vector;
	enum outcome end;

	if (plan->insn->flags & INSN_VECTOR) {
		if (rare((end = plan_vector(env, plan)) != OUTCOME_NEXT))
			return end;
		xcr0 = plan->vector->features;
	}
	if (execute_check(env->executor, plan->insn, &plan->before, xcr0, &vector) == EXECUTE_EXCEPTION)
		return plan_fault(plan, vector, false, 0);
	return OUTCOME_NEXT;
}

/* The accessed and dirty bits, as the CPU sets them before the access happens. */
static enum outcome mark_tables(struct plan *plan)
{
	for (unsigned i = 0; i < plan->nwalks; i++)
		if (rare(!walk_mark(&plan->walks[i])))
			return OUTCOME_RETRY;
	return OUTCOME_NEXT;
}

/*
 * Is there anything that a run leaves to the CPU? What is absent may be KVM's device. And where KVM keeps
 * copies of page tables it has to see the stores that may be to them, which are the supervisor's.
 */
static bool is_for_cpu(const struct access_env *env, const struct plan *plan)
{
	bool watched = env->shadow_paging && plan->before.cpl != 3;

	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];

		if (part->absent || (watched && part->access.op != ACCESS_LOAD && !part->trapped))
			return true;
	}
	return plan->partial || plan->deferred;
}

static bool is_kept(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++)
		if (usual(plan->parts[i].cap.type != CAP_PAGE && !plan->parts[i].absent))
			return true;
	return false;
}

/* The way of an instruction that is known, stage by stage. Commit is behind it. */
static enum outcome stages(struct access_env *env, enum access_cause cause, struct plan *plan)
{
	enum outcome end;

	if (rare((end = access_resolve(env, plan)) != OUTCOME_NEXT))
		return end;
	if (rare(plan->insn->exec == EXEC_STEP))
		return plan_step(plan, "no handler carries out \"%s\"", plan->insn->text);
	if (cause == CAUSE_TRAP && rare(!touches_trap(plan)) && !plan->partial)
		return OUTCOME_RETRY; /* opened meanwhile, or not this instruction's own access */
	if (cause == CAUSE_RUN && is_for_cpu(env, plan))
		return OUTCOME_RETRY;
	plan->asked = is_kept(plan);
	if (rare((end = access_admit(env, plan)) != OUTCOME_NEXT))
		return end;
	if (rare(plan->suspended > 0) && (end = declared_consult(env, plan)) != OUTCOME_NEXT)
		return end;
	if (rare((end = mark_tables(plan)) != OUTCOME_NEXT))
		return end;
	/* from here on nobody can refuse */
	if (rare((end = access_load(env, plan)) != OUTCOME_NEXT))
		return end;
	plan->admitted = true;
	if (rare((end = access_execute(env, plan)) != OUTCOME_NEXT))
		return end;
	access_store(env, plan);
	if (rare(plan->after.repeats))
		access_repeat(env, plan);
	return OUTCOME_NEXT;
}

/*
 * What a fault of an operand leaves changed all the same. Measured on an AMD CPU: MASKMOVQ, alone of
 * the MMX instructions, has gone from x87 to MMX state then.
 */
static enum outcome leave(struct plan *plan, enum outcome end)
{
	const struct insn *insn = plan->insn;

	if (end == OUTCOME_FAULT && insn->exec == EXEC_MASKMOV && insn->elements == 8 && plan->vector) {
		vector_enter_mmx(plan->vector);
		plan->vector_changed = true;
	}
	return end;
}

enum outcome access_run(struct access_env *env, const struct regs *before, enum access_cause cause, struct plan *plan)
{
	enum outcome end;

	access_begin(env, before, plan);
	end = access_decode(env, plan);
	if (rare(end == OUTCOME_STEP) && cause == CAUSE_EMULATION)
		end = access_decode_register(env, plan);
	if (rare(end != OUTCOME_NEXT))
		return end;
	if (rare(cause == CAUSE_EMULATION) && (end = check_enabled(env, plan)) != OUTCOME_NEXT)
		return end;
	return leave(plan, stages(env, cause, plan));
}

enum outcome access_run_on(struct access_env *env, const struct regs *before, const struct insn *insn,
			   struct plan *plan)
{
	uint64_t absent = env->absent_accesses;
	enum outcome end;

	access_begin(env, before, plan);
	plan->insn = insn;
	plan->code_size = insn->length;
	memcpy(plan->code, insn->bytes, INSN_MAX);
	end = leave(plan, stages(env, CAUSE_RUN, plan));
	if (end != OUTCOME_NEXT && !plan->asked)
		env->absent_accesses = absent; /* the CPU does it, and then it counts */
	return end;
}
