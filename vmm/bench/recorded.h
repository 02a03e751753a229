/*
 * recorded.h: what an access costs that is recorded, beside the same one that is not.
 */
#ifndef VMM_BENCH_RECORDED_H
#define VMM_BENCH_RECORDED_H

#include "vmm/error.h"

#include <stdio.h>

/* A loop of loads on a kept page: nanoseconds an access, with the bare access beside it. */
struct recorded {
	double exit_ns, exit_recorded_ns; /* each with an exit of its own */
	double run_ns, run_recorded_ns; /* in runs */
	double record_bytes; /* of the latter, in the file */
	double lost; /* of them, while nobody waits for the writer */
};

/* 0, or -1 with *e filled. */
int recorded_measure(struct recorded *recorded, struct error *e);

void recorded_print_text(const struct recorded *recorded, FILE *out);

/* Members of an object, each with a comma behind it. */
void recorded_print_json(const struct recorded *recorded, FILE *out);

#endif
