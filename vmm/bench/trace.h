/*
 * trace.h: what a trace's writer and reader take, without a guest.
 */
#ifndef VMM_BENCH_TRACE_H
#define VMM_BENCH_TRACE_H

#include "vmm/error.h"

#include <stdint.h>
#include <stdio.h>

struct trace_figures {
	const char *of; /* the trace the accesses are of, or NULL: they are made up */
	uint64_t records; /* different ones */
	double records_per_s; /* put, encoded, compressed and written, by a maker and the writer's thread */
	double put_ns, thread_ns; /* of CPU time a record: its maker's, the writer's thread's */
	double bytes; /* of the file for a record */
	double read_per_s; /* records, read back */
};

/* Accesses of the trace `of`, or made-up ones (NULL), into a file in the directory TMPDIR names (else /tmp), removed at
 * the end. 0, or -1 with *e filled. */
int trace_measure(const char *of, struct trace_figures *figures, struct error *e);

void trace_print_text(const struct trace_figures *figures, FILE *out);

/* An object without a newline. */
void trace_print_json(const struct trace_figures *figures, FILE *out);

#endif
