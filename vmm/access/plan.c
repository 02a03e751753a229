#include "vmm/access/plan.h"

#include "vmm/execute/save_area.h"

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

/* Measured: a VEX gather clears the mask of elements that it passes, which it does even if the first active one faults.
 */
static bool has_passed(const struct plan *plan, unsigned ref)
{
	return ref > 0 || (plan->insn->fields.encoding == ENC_VEX && plan->refs[ref].at > 0);
}

/* Intel SDM Vol 2, "VPGATHERDD": if a fault is triggered by an element, all elements closer to the LSB complete. */
enum outcome plan_end_before(struct plan *plan, unsigned ref)
{
	bool by_element = plan->insn->exec == EXEC_GATHER || plan->insn->exec == EXEC_SCATTER;
	bool behind_header = save_area_is_component(plan->insn, &plan->refs[ref]);

	by_element = by_element && has_passed(plan, ref);
	if (!by_element && !behind_header)
		return OUTCOME_FAULT;
	plan->partial = by_element;
	plan->deferred = behind_header;
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
