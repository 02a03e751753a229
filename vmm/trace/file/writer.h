/*
 * writer.h: records into a file, by a thread of its own.
 *
 * Whoever makes a record copies it into a bounded buffer and goes on; the writer's thread
 * encodes, compresses and writes. The format is docs/trace-format.md. Up to the last
 * finished frame the file is complete at any moment, whatever happens to the process.
 */
#ifndef VMM_TRACE_FILE_WRITER_H
#define VMM_TRACE_FILE_WRITER_H

#include "vmm/error.h"
#include "vmm/trace/record.h"

#include <stddef.h>

struct trace_writer_options {
	const char *path; /* "-": standard output; "none": encoded and counted, but written nowhere */
	bool force; /* an existing file is replaced */
	bool lossless; /* whoever makes a record waits for place; otherwise it is lost, and counted */
	uint64_t max_size; /* bytes of the file at which it takes no more records; 0: no limit */
	unsigned time_bits; /* low bits of times that are left out, at most 32; see trace_encoder_new(). 0: times are
			       exact */
	size_t buffer; /* bytes between the makers and the thread; 0: 16 MiB */
};

/* time_bits for times to so many nanoseconds at so many cycles a second: at least 1; 0 for 0. */
unsigned trace_time_bits(uint64_t resolution_ns, uint64_t hz);

struct trace_writer;

struct trace_written {
	uint64_t records; /* taken, markers among them */
	uint64_t lost; /* no place was in the buffer, or the disk was full */
	uint64_t bytes; /* of the file so far */
	bool full; /* max_size was reached */
	bool failed; /* writing failed: what came before is in the file, and no more is taken */
};

/* NULL with *e filled: the file exists, cannot be made, no memory. */
struct trace_writer *trace_writer_open(const struct trace_writer_options *options, const struct trace_field *head,
				       unsigned nhead, struct error *e);

/*
 * Any thread. All is copied; the sequence is given here, in the order of the calls. False: it was lost
 * (a TRACE_LOST record follows as soon as there is place), or nothing is taken any more.
 */
bool trace_writer_put(struct trace_writer *w, const struct trace_record *r);

/* Any thread. */
struct trace_written trace_writer_state(struct trace_writer *w);

/* Whatever was put so far is in the file when it returns: what a reader wants who looks while it is written. */
void trace_writer_flush(struct trace_writer *w);

/*
 * Write what is left, the index and the foot with these counters, and free the writer. 0, or -1 with *e
 * filled where something could not be written (now or before).
 */
int trace_writer_close(struct trace_writer *w, const struct trace_counter *counters, unsigned ncounters,
		       struct error *e);

#endif
