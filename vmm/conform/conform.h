/*
 * conform.h: `lodestore conform`: the CPU is the judge.
 */
#ifndef VMM_CONFORM_CONFORM_H
#define VMM_CONFORM_CONFORM_H

#include "vmm/conform/case.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct conform_options {
	bool vm; /* in a VM of this host's KVM instead of in this process */
	unsigned cpl; /* vm: 0 or 3 */
	uint64_t random; /* so many random instructions instead of the table; 0: the table */
	uint64_t programs; /* conform_programs(): how many */
	uint64_t seed;
	unsigned each; /* table: cases of each spelling; 0: all */
	unsigned part, parts; /* table: only each parts-th row; parts 0: all */
	const char *only; /* rows whose name holds this text; NULL: all */
	double seconds; /* stop then; 0: at the end */
	const char *table; /* where the table of results goes, or NULL */
	unsigned shown; /* mismatches that are minimized and printed */
	bool has_case;
	struct conform_case one; /* has_case: only this */
};

/* Run and tell on out. 0 if nothing differs, 1 if something does, -1 with *e filled. */
int conform(const struct conform_options *options, FILE *out, struct error *e);

/*
 * Random programs in a VM, with runs (vmm/access/run.h) and without: do they end the same? Uses programs, seed,
 * seconds and cpl. As conform().
 */
int conform_programs(const struct conform_options *options, FILE *out, struct error *e);

/* docs/conformance.md from tables that conform() wrote. 0, or -1 with *e filled. */
int conform_markdown(int count, char **tables, FILE *out, struct error *e);

#endif
