/*
 * trace_source.h: the accesses that a trace's writer is measured by, kept small.
 *
 * A record that a guest makes is in the nearest cache when it is put. So that these are too, each is made
 * of what is kept of it just before it is put.
 */
#ifndef VMM_BENCH_TRACE_SOURCE_H
#define VMM_BENCH_TRACE_SOURCE_H

#include "vmm/error.h"
#include "vmm/trace/record.h"

#include <stddef.h>

struct trace_source {
	uint8_t *kept;
	size_t size, room; /* bytes of kept */
	uint64_t count; /* accesses */
	uint64_t first, last; /* their times, TSC */
	struct trace_reader *reader; /* of their trace: it keeps their names; NULL: they are made up */
};

/* The accesses of the trace at path, a million at most; path NULL: made-up ones. 0, or -1 with *e filled. */
int trace_source_open(struct trace_source *s, const char *path, struct error *e);
void trace_source_close(struct trace_source *s);

/* The access at at; returns where the next one is. */
const uint8_t *trace_source_take(const uint8_t *at, struct trace_record *r);

#endif
