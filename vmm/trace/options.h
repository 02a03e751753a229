/*
 * options.h: what `lodestore trace` was asked for. Strings live as long as the machine.
 */
#ifndef VMM_TRACE_OPTIONS_H
#define VMM_TRACE_OPTIONS_H

#include "vmm/machine/options.h"
#include "vmm/trace/file/writer.h"
#include "vmm/trace/filter.h"

#define TRACE_RANGES_MAX 64
#define TRACE_RESOLUTION_DEFAULT                                                                                       \
	100 /* nanoseconds: in a run records come at the pace of the monitor, some hundred apart */

struct trace_options {
	unsigned nranges;
	struct virtual_range ranges[TRACE_RANGES_MAX]; /* what is traced; kept by memory where nobody else does */
	struct trace_writer_options writer;
	struct trace_filter *filter; /* NULL: everything passes */
	char conditions[1024]; /* of the filter, as they were given: "t=w cpl=3"; "" if there are none */
	uint64_t after, wanted, every; /* recorder.h */
	uint64_t max_records; /* the guest is ended after these; 0: no limit */
	uint64_t time_resolution; /* nanoseconds; 0: times are told as they were read */
	double max_slowdown; /* above 1; 0: no limit */
	bool has_start, has_stop;
	struct range start_at, stop_at; /* RANGE_VA or RANGE_SYM */
	bool keep_going; /* the guest goes on when the file cannot be written any more */
	const char *command; /* the command line, for the head */
	bool output_is_stdout; /* then nothing else is */
};

#endif
