/*
 * verify.h: is a trace what it says it is: complete, in order, and possible?
 *
 * The reader checks frames (checksums, their chain, the index). Here: each record by itself, against
 * its instruction, against the records before it, and all of them against what the foot counted.
 * docs/tracing.md, "What verify proves".
 */
#ifndef VMM_TRACE_READ_VERIFY_H
#define VMM_TRACE_READ_VERIFY_H

#include "vmm/trace/file/reader.h"

#include <stdio.h>

struct verify;

enum verify_kind {
	VERIFY_ORDER, /* sequence, or time on one vCPU */
	VERIFY_RECORD, /* a field that no recorder writes */
	VERIFY_INSN, /* the instruction cannot make this access */
	VERIFY_VALUE, /* a byte is not what the record before left */
	VERIFY_COUNT, /* the foot's counters and the records do not agree */
	VERIFY_FILE, /* what the reader found */
	VERIFY_KINDS,
};

/* Violations are printed on out as they are found, of each kind the first ten. NULL: no memory. */
struct verify *verify_new(FILE *out);
void verify_free(struct verify *v);

/* The records in their order, all of them. */
void verify_record(struct verify *v, const struct trace_record *r);

/* What the reader said of the file at record number `sequence`. */
void verify_file(struct verify *v, uint64_t sequence, const char *what);

/*
 * The foot's counters (0 of them: there is no foot, and they are not compared). selective: by its head, stores to
 * traced bytes may have been left out on purpose; where the foot counts some that were, values that do not follow from
 * each other are no violation. Then what was checked is printed, and how it came out. True: no violation.
 */
bool verify_end(struct verify *v, const struct trace_counter *counters, unsigned n, bool selective);

/* Before verify_end(): is a counter missing that `lodestore trace` always writes? */
void verify_counted(struct verify *v, const struct trace_counter *counters, unsigned n);

/* How many there were. */
uint64_t verify_violations(const struct verify *v, enum verify_kind kind);

#endif
