/*
 * own.h: the monitor's own part of an access, for each class of instructions.
 *
 * Between two exits: the decoded instruction looked up, resolve, keepers, execute,
 * commit. No exit and no fetching of vector state, hence no KVM.
 */
#ifndef VMM_BENCH_OWN_H
#define VMM_BENCH_OWN_H

#include "vmm/bench/classes.h"

#include <stdio.h>

struct own {
	double ns[CLASSES]; /* for one time; below 0: this CPU has no such instruction */
};

/* 0, or -1 with *e filled. */
int own_measure(struct own *own, struct error *e);

void own_print_text(const struct own *own, FILE *out);

/* An object without a newline: nanoseconds by class, null where there is none, and GB/s of what repeats. */
void own_print_json(const struct own *own, FILE *out);

/*
 * Carry one class out so many times and measure nothing: for tools that count host
 * instructions. 0, or -1 with *e filled; 1: this CPU (or the tool's) has no such instruction.
 */
int own_repeat(const char *key, unsigned times, struct error *e);

#endif
