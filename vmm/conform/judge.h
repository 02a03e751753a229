/*
 * judge.h: one case, both ways, compared and counted.
 */
#ifndef VMM_CONFORM_JUDGE_H
#define VMM_CONFORM_JUDGE_H

#include "vmm/conform/compare.h"
#include "vmm/conform/known.h"
#include "vmm/conform/readings.h"
#include "vmm/conform/tally.h"

enum judgement {
	JUDGED_SAME,
	JUDGED_DIFFERENT, /* judge->difference says what */
	JUDGED_KNOWN, /* different, as this judge is known to be: known.h */
	JUDGED_REFUSED, /* lodestore does not carry it out */
	JUDGED_SKIPPED, /* it cannot be compared here: no such feature, or no way to aim it */
	JUDGED_LOST, /* the harness failed: judge->difference says how */
};

struct judge {
	struct harness *harness;
	struct tally *tally;
	struct readings *readings; /* what Capstone and Zydis read otherwise; NULL: it is not counted */
	struct scene scene; /* of the last case */
	struct result cpu, kept;
	bool faulted; /* JUDGED_SAME: both raised the same exception */
	char difference[DIFFERENCE];
	bool dirty; /* the arenas are no longer all pattern */
	uint64_t known[KNOWN_MAX]; /* by row of known.h */
	uint64_t cases, mismatches, refused, skipped, faults, undecoded;
};

/* Zeroed but for what is given; the arenas are made equal. */
void judge_begin(struct judge *j, struct harness *h, struct tally *t);

enum judgement judge_case(struct judge *j, const struct conform_case *c);

/* The case, and what differs, on a few lines. */
void judge_print(const struct judge *j, FILE *out);

/* The same failure with as few prefixes and as plain a state as can be had. */
struct conform_case judge_minimize(struct judge *j, struct conform_case c);

#endif
