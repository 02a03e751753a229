/*
 * dense.h: a loop of accesses in runs (vmm/access/run.h), and accesses that stand alone.
 */
#ifndef VMM_BENCH_DENSE_H
#define VMM_BENCH_DENSE_H

#include "vmm/error.h"

#include <stdio.h>

/* Nanoseconds an access, all that the guest does between two included. */
struct dense {
	double run_ns; /* mov rax,[rbx]; dec ecx; jnz: with runs of the default length */
	double alone_ns, alone_tried_ns; /* one access among 40 instructions: without runs, and with them */
};

/* 0, or -1 with *e filled. */
int dense_measure(struct dense *dense, struct error *e);

/* floor_ns: the bare fault, beside which the first one counts. */
void dense_print_text(const struct dense *dense, double floor_ns, FILE *out);

/* Members of an object, each with a comma behind it. */
void dense_print_json(const struct dense *dense, double floor_ns, FILE *out);

#endif
