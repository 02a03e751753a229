/*
 * compare.h: are two results of the same scene the same?
 */
#ifndef VMM_CONFORM_COMPARE_H
#define VMM_CONFORM_COMPARE_H

#include "vmm/conform/harness.h"

#define DIFFERENCE 256

/*
 * True if everything that the architecture defines is equal: outcome, fault, every
 * register, flags but the undefined, vector state if the scene has it, every byte
 * of both arenas. Else difference says the first thing that is not. Both results
 * are RESULT_DONE or RESULT_FAULT.
 */
bool compare_results(const struct harness *h, const struct scene *scene, const struct result *cpu,
		     const struct result *kept, char difference[DIFFERENCE]);

#endif
