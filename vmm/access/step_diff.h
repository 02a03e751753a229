/*
 * step_diff.h: what an instruction changed in a page, as stores.
 *
 * Pure: bytes before, bytes after, runs out. A store of the value that was there
 * already leaves no difference, so it is not seen here.
 */
#ifndef VMM_ACCESS_STEP_DIFF_H
#define VMM_ACCESS_STEP_DIFF_H

#include <stdbool.h>
#include <stdint.h>

/* Contiguous bytes that differ; never more than one access may have. */
struct step_run {
	unsigned at; /* offset in both */
	unsigned size; /* 1..64 */
};

/*
 * The first run of bytes that differ in [at, end). False if there is none, and
 * *run is then untouched. Go on with at = run->at + run->size.
 */
bool step_diff(const uint8_t *before, const uint8_t *after, unsigned at, unsigned end, struct step_run *run);

#endif
