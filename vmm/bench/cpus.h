/*
 * cpus.h: several vCPUs: what they gain on different objects, lose on one, and how long all are stopped.
 */
#ifndef VMM_BENCH_CPUS_H
#define VMM_BENCH_CPUS_H

#include "vmm/bench/second_view.h"
#include "vmm/error.h"

#include <stdbool.h>
#include <stdio.h>

#define CPUS_HELD 3 /* with 1, 2 and 4 vCPUs to stop */

struct pace {
	double rate; /* accesses a second of all vCPUs together, the most of all rounds */
	double cpu_ns; /* CPU time of an access, the least: what other programs do does not change it so much */
};

struct cpus_figures {
	/* each access an exit [0], and in runs [1] */
	struct pace one[2]; /* one vCPU, one page */
	struct pace apart[2]; /* two, on a page each */
	struct pace shared[2]; /* two, on one page */
	unsigned held[CPUS_HELD]; /* vCPUs that run user code */
	double hold_ns[CPUS_HELD]; /* median from asking until all are stopped */
	double whole_ns[CPUS_HELD]; /* and until they are let go */
	struct second_view second;
};

/* 0, or -1 with *e filled. */
int cpus_measure(struct cpus_figures *figures, struct error *e);
void cpus_print_text(const struct cpus_figures *figures, FILE *out);
/* One object. */
void cpus_print_json(const struct cpus_figures *figures, FILE *out);

#endif
