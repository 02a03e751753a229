#include "vmm/access/plan.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum outcome plan_stop(struct plan *plan, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(plan->why, sizeof(plan->why), format, args);
	va_end(args);
	return OUTCOME_STOP;
}

enum outcome plan_step(struct plan *plan, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(plan->why, sizeof(plan->why), format, args);
	va_end(args);
	return OUTCOME_STEP;
}

enum outcome plan_fault(struct plan *plan, uint8_t vector, bool has_error, uint32_t error)
{
	/* Intel SDM Vol 3, "Interrupt and Exception Handling" of real-address mode: no error code is pushed */
	if (!(plan->before.cr0 & CR0_PE))
		has_error = false;
	plan->fault = (struct fault){.vector = vector, .has_error = has_error, .error = has_error ? error : 0};
	return OUTCOME_FAULT;
}

enum outcome plan_vector(const struct access_env *env, struct plan *plan)
{
	if (!plan->vector)
		plan->vector = env->vector(env->vector_self);
	return plan->vector ? OUTCOME_NEXT : plan_stop(plan, "the vector state of the vCPU cannot be read");
}

/* Intel SDM Vol 2, "VPGATHERDD": if a fault is triggered by an element, all elements closer to the LSB complete. */
enum outcome plan_end_before(struct plan *plan, unsigned ref)
{
	bool by_element = plan->insn->exec == EXEC_GATHER || plan->insn->exec == EXEC_SCATTER;

	if (!by_element || ref == 0)
		return OUTCOME_FAULT;
	plan->partial = true;
	plan->nrefs = ref;
	while (plan->nparts > 0 && plan->parts[plan->nparts - 1].ref >= ref) {
		struct keeper *owned = plan->parts[--plan->nparts].owned;

		if (owned) /* by no part before: ownership is noted at the first part that needs it */
			lock_release(&owned->owner);
	}
	return OUTCOME_NEXT;
}

const struct part *plan_part_of(const struct access *a)
{
	return (const struct part *)(const void *)((const char *)a - offsetof(struct part, access));
}

const struct plan *plan_of(const struct transaction *t)
{
	return (const struct plan *)(const void *)((const char *)t - offsetof(struct plan, transaction));
}
