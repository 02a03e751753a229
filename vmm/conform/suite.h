/*
 * suite.h: every row of the closed table, every way to spell it; and at random.
 */
#ifndef VMM_CONFORM_SUITE_H
#define VMM_CONFORM_SUITE_H

#include "vmm/conform/judge.h"

struct suite {
	struct judge *judge;
	uint64_t seed;
	unsigned each; /* cases of each spelling; SPELL_FORMS * PLACES: every form of address at every place */
	unsigned part, parts; /* only each parts-th row, from part on; parts 0: all rows */
	const char *only; /* rows whose name holds this text; NULL: all */
	double seconds; /* stop after so many; 0: never */
	unsigned shown_max; /* mismatches that are minimized and printed */
	FILE *out;
	/* what came of it */
	unsigned shown;
	uint64_t drawn; /* instructions of suite_random() */
	bool out_of_time;
};

/* Seconds of a clock that never goes back. */
double suite_now(void);

/* The table. 0, or -1 with *e filled where the harness was lost. Mismatches are in the judge. */
int suite_table(struct suite *s, struct error *e);

/* count random instructions in random states: spellings, some mutated. As suite_table(). */
int suite_random(struct suite *s, uint64_t count, struct error *e);

#endif
