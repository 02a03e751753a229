/*
 * locked.h: locked read-modify-writes of ordinary memory.
 *
 * Where the monitor carries out a locked instruction and an operand, or a piece of
 * it, is memory and no keeper's, other vCPUs reach those bytes at the same time
 * at hardware speed. So the result is published by a locked compare-exchange on
 * the monitor's view, and the instruction is executed again when the bytes have
 * changed since they were loaded. Source: Intel SDM Vol 3, "Locked Atomic Operations".
 */
#ifndef VMM_ACCESS_LOCKED_H
#define VMM_ACCESS_LOCKED_H

#include "vmm/access/plan.h"

/* Is this part published by locked_publish(), not by a plain store? */
bool locked_is_memory(const struct part *part);

/*
 * Put the bytes that the instruction stores (plan->after) into the memory parts, if
 * they still hold what was loaded (access.before). False, and nothing stored, if not:
 * load those parts again and execute again. True if there are no such parts.
 */
bool locked_publish_memory(struct plan *plan);

static inline bool locked_publish(struct plan *plan)
{
	return !plan->insn->locked || locked_publish_memory(plan);
}

#endif
