/*
 * trace_stream.h: accesses as programs make them, to measure a trace's writer by.
 *
 * Some hundred instructions of loops that sum, copy, count, walk lists, fill hash tables, push and
 * pop, move strings and vectors, over memory that holds what they store. Time runs as it does
 * between accesses that are served without an exit, with an exit now and then.
 */
#ifndef VMM_BENCH_TRACE_STREAM_H
#define VMM_BENCH_TRACE_STREAM_H

#include "vmm/trace/record.h"

/* The first count records; the same ones each time. Their sequence is their place. NULL: no memory. free() frees them.
 */
struct trace_record *trace_stream(unsigned count);

#endif
