/*
 * access.h: a virtual load and store beside the bare fault.
 *
 * The floor is the same fault, of a load or of a store, with an empty handler that only steps over
 * the instruction, with the same registers travelling in the sync area: what this way of
 * trapping must pay.
 */
#ifndef VMM_BENCH_ACCESS_H
#define VMM_BENCH_ACCESS_H

#include "vmm/error.h"

#include <stdio.h>

/* One kind of access: nanoseconds, and how much slower than the bare fault it is. */
struct beside {
	double floor_ns, ns;
	double ratio;
};

struct accesses {
	struct beside load, store;
	double tsc_mhz; /* of the time stamp counter, the guest's too */
};

/* 0, or -1 with *e filled. */
int access_measure(struct accesses *accesses, struct error *e);

void access_print_text(const struct accesses *accesses, FILE *out);

/* Members of an object, the last without a comma. */
void access_print_json(const struct accesses *accesses, FILE *out);

#endif
