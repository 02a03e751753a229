/*
 * recorder.h: from an access of a plan to a record of the trace, and the counts that prove that none is missing.
 *
 * It is told of each access by the keepers that record (capmodel/keeper/record.h), and by the machine of each
 * way of an access that is done. What it counts of the one it does not compute from the other: docs/tracing.md,
 * "Counts".
 */
#ifndef VMM_TRACE_RECORDER_H
#define VMM_TRACE_RECORDER_H

#include "vmm/access/plan.h"
#include "vmm/trace/file/writer.h"
#include "vmm/trace/filter.h"
#include "vmm/trace/watched.h"

/* What has become of a part of an instruction on a traced page. */
enum recorder_count {
	PARTS_DONE, /* all of them, counted at the end of the way */
	PARTS_ELSEWHERE, /* beside the ranges; counted at the end of the way */
	PARTS_RECORDED,
	PARTS_FILTERED, /* a condition does not hold, or a load of a range whose stores are traced */
	PARTS_SKIPPED, /* by --after, --for, --every, --max-records or --max-size */
	PARTS_DISARMED, /* also outside --start-at and --stop-at, and behind --for */
	PARTS_LOST,
	PARTS_DENIED, /* refused by their keeper: in none of the above, but recorded */
	WAYS_TRACED, /* ways that are done, with parts on traced pages */
	WAYS_ELSEWHERE, /* and with none */
	PARTS_COUNTS,
};

#define RECORDER_VCPUS 64

/* Of one vCPU. */
struct recorder_cpu {
	uint64_t badge; /* of the process that runs, as the guest says */
	/* of the last element of a REP: to know the next */
	uint64_t rep_rip, rep_rcx, rep_transaction;
	uint32_t repetition;
	bool repeats;
};

/* For one thread at a time. */
struct recorder {
	struct trace_writer *writer;
	const struct trace_filter *filter;
	uint64_t after, every; /* matching records to skip at first; then one of so many, 0 and 1: each */
	uint64_t wanted; /* then so many, 0: all */
	uint64_t limit; /* records of all kinds, 0: none */
	struct watched watched;
	uint64_t matched; /* records that passed the filter */
	uint64_t counts[PARTS_COUNTS];
	uint64_t kinds[TRACE_KINDS], records; /* taken by the writer, and the sum */
	bool refused; /* the writer has not taken one: whoever sees it looks why, and puts it back */
	struct recorder_cpu of[RECORDER_VCPUS]; /* by struct transaction.vcpu */
};

/* An access of the plan's. keeper lives as long as the recorder; in_run: without an exit of its own. */
void recorder_access(struct recorder *r, const struct plan *plan, const struct access *a, const char *keeper,
		     enum verdict verdict, bool in_run);

/* The way of the plan is done: its parts on traced pages are counted. */
void recorder_way_done(struct recorder *r, const struct plan *plan);

/* No record is taken any more, but markers: --for is reached. */
bool recorder_has_enough(const struct recorder *r);

/* The limit is reached. */
bool recorder_is_full(const struct recorder *r);

/* A marker; its time and its vCPU's badge are filled here. False: it was lost. */
bool recorder_mark(struct recorder *r, const struct trace_record *marker);

const char *recorder_count_name(enum recorder_count count);

#endif
