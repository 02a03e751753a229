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
	plan->fault = (struct fault){.vector = vector, .has_error = has_error, .error = error};
	return OUTCOME_FAULT;
}

const struct part *plan_part_of(const struct access *a)
{
	return (const struct part *)(const void *)((const char *)a - offsetof(struct part, access));
}

const struct plan *plan_of(const struct transaction *t)
{
	return (const struct plan *)(const void *)((const char *)t - offsetof(struct plan, transaction));
}
