/*
 * writer_state.h: what makers of records and the writer's thread share. Not for others.
 */
#ifndef VMM_TRACE_FILE_WRITER_STATE_H
#define VMM_TRACE_FILE_WRITER_STATE_H

#include "vmm/trace/file/encode.h"
#include "vmm/trace/file/ring.h"
#include "vmm/trace/file/store.h"
#include "vmm/trace/file/writer.h"

#include <pthread.h>

struct trace_writer {
	/* under lock, of makers */
	pthread_mutex_t lock;
	pthread_cond_t work; /* the thread waits for records or wishes */
	pthread_cond_t done; /* makers wait for place, flushers and openers for the thread */
	struct ring ring;
	struct names names;
	bool lossless, closing, started;
	bool asleep; /* the thread is */
	unsigned waiting; /* makers for place */
	uint64_t records, lost;
	uint64_t lost_untold, lost_tsc; /* for which no TRACE_LOST was put yet; when the last of them was */
	uint64_t flush_wanted, flushed; /* up to which place of the ring */
	const struct trace_counter *counters; /* of the maker, once it is closing */
	unsigned ncounters;
	bool full, failed;
	uint64_t bytes;
	struct error error; /* of failed */
	/* the thread's */
	pthread_t thread;
	char *path;
	struct trace_encoder *encoder;
	struct store store;
	const struct trace_field *head; /* until started */
	unsigned nhead;
	uint64_t max_size;
	uint8_t time_bits;
	uint64_t taken; /* of the ring */
	uint64_t sequence, tsc; /* of the frame's first record */
	uint64_t began_ns;
	uint64_t last_tsc; /* as the file tells it */
	uint64_t frame_kinds[TRACE_KINDS], kinds[TRACE_KINDS]; /* of this frame; of those written */
};

/* The thread: until the writer is closing and all is in the file. The argument is the writer. */
void *writer_run(void *argument);

#endif
