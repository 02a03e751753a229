/*
 * stepped.h: keepers that said STEP are asked again.
 *
 * The instruction has been carried out against their bytes, by a stub, a handler or on the
 * virtual CPU itself, and nothing of it is stored yet. It counts only if all accept.
 */
#ifndef VMM_ACCESS_STEPPED_H
#define VMM_ACCESS_STEPPED_H

#include "vmm/access/plan.h"

/*
 * Ask each such keeper once, with all its accesses of the plan; those that store have
 * their after. OUTCOME_NEXT, or OUTCOME_RETRY: it is undone, and the guest comes to it again.
 */
enum outcome stepped_ask(struct plan *plan) __attribute__((cold));

#endif
