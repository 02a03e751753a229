/*
 * writer.c: makers put packed records into a ring under one lock.
 */
#include "vmm/background.h"
#include "vmm/trace/file/writer_state.h"

#include <stdlib.h>

#define RING_DEFAULT (16u << 20)

static void writer_free(struct trace_writer *w)
{
	trace_encoder_free(w->encoder);
	ring_free(&w->ring);
	names_free(&w->names);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->done);
	pthread_mutex_destroy(&w->lock);
	free(w->path);
	free(w);
}

static struct trace_writer *writer_new(const struct trace_writer_options *options)
{
	struct trace_writer *w = aligned_alloc(64, (sizeof(*w) + 63) & ~(size_t)63);
	pthread_condattr_t clock;

	if (!w)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->lossless = options->lossless;
	w->max_size = options->max_size;
	w->time_bits = (uint8_t)options->time_bits;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &clock);
	pthread_cond_init(&w->done, NULL);
	pthread_condattr_destroy(&clock);
	names_init(&w->names);
	w->encoder = trace_encoder_new(&w->names, options->time_bits);
	w->path = strdup(options->path);
	if (!w->encoder || !w->path || ring_init(&w->ring, options->buffer ? options->buffer : RING_DEFAULT) < 0) {
		writer_free(w);
		return NULL;
	}
	return w;
}

struct trace_writer *trace_writer_open(const struct trace_writer_options *options, const struct trace_field *head,
				       unsigned nhead, struct error *e)
{
	struct trace_writer *w = writer_new(options);
	struct error ignored;
	bool failed;
	int err;

	if (!w) {
		error_set(e, STATUS_HOST, "trace %s: no memory", options->path);
		return NULL;
	}
	if (store_open(&w->store, w->path, options->force, e) < 0) {
		writer_free(w);
		return NULL;
	}
	w->head = head;
	w->nhead = nhead;
	/* its signals held back: a closed pipe or a file's size limit is an answer of write */
	err = background_start(&w->thread, 0, writer_run, w);
	if (err) {
		error_set(e, STATUS_HOST, "trace %s: no thread: %s", options->path, strerror(err));
		store_close(&w->store, &ignored);
		writer_free(w);
		return NULL;
	}
	pthread_mutex_lock(&w->lock);
	while (!w->started)
		pthread_cond_wait(&w->done, &w->lock);
	failed = w->failed;
	pthread_mutex_unlock(&w->lock);
	if (failed) {
		trace_writer_close(w, NULL, 0, e);
		return NULL;
	}
	return w;
}

unsigned trace_time_bits(uint64_t resolution_ns, uint64_t hz)
{
	double cycles = (double)resolution_ns * (double)hz / 1e9;
	unsigned bits = 1;

	if (!resolution_ns)
		return 0;
	while (bits < BLOCK_TIME_BITS_MAX && (double)(2ull << bits) <= cycles)
		bits++;
	return bits;
}

/* --- makers -------------------------------------------------------------------------- */

/* With the lock: place for so many bytes; NULL: none in time. */
static struct packed *place(struct trace_writer *w, uint32_t length, bool wait)
{
	struct packed *p;

	while (!(p = ring_place(&w->ring, length)) && wait && !w->failed && !w->full) {
		w->waiting++;
		pthread_cond_signal(&w->work);
		pthread_cond_wait(&w->done, &w->lock);
		w->waiting--;
	}
	return p;
}

static void push(struct trace_writer *w, struct packed *p)
{
	ring_push(&w->ring, p);
	w->records++;
	if (w->asleep && ring_used(&w->ring) > w->ring.capacity / 4)
		pthread_cond_signal(&w->work);
}

/* With the lock: a marker for what was lost. false: no place for it. */
static bool tell_lost(struct trace_writer *w, const struct trace_record *next, bool wait)
{
	struct trace_record lost = {.kind = TRACE_LOST, .count = w->lost_untold};
	struct packed *p;

	if (next) {
		lost.tsc = next->tsc;
		lost.vcpu = next->vcpu;
	} else {
		lost.tsc = w->lost_tsc;
	}
	p = place(w, packed_length(&lost, 0, 0), wait);
	if (!p)
		return false;
	packed_fill(p, &lost, packed_length(&lost, 0, 0), 0, 0, 0);
	push(w, p);
	w->lost_untold = 0;
	return true;
}

/* Bytes of a record's text, with its final 0. */
static uint32_t text_size(const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;

	return size > PACKED_TEXT_MAX + 1 ? PACKED_TEXT_MAX + 1 : (uint32_t)size;
}

/* With the lock. */
static bool put(struct trace_writer *w, const struct trace_record *r)
{
	uint32_t text = text_size(r->text);
	uint32_t bytes = r->bytes ? r->nbytes : 0;
	uint16_t keeper = r->keeper ? (uint16_t)names_of(&w->names, r->keeper) : 0;
	struct packed *p = NULL;
	uint32_t length;

	if (bytes > TRACE_BYTES_MAX)
		bytes = TRACE_BYTES_MAX;
	if (w->full || w->closing)
		return false;
	length = packed_length(r, text, bytes);
	if (!w->failed && (!w->lost_untold || tell_lost(w, r, w->lossless)))
		p = place(w, length, w->lossless);
	if (!p && w->full)
		return false; /* it came to the limit while this one waited */
	if (!p) {
		w->lost++;
		w->lost_untold++;
		w->lost_tsc = r->tsc;
		return false;
	}
	packed_fill(p, r, length, keeper, text, bytes);
	push(w, p);
	return true;
}

bool trace_writer_put(struct trace_writer *w, const struct trace_record *r)
{
	bool taken;

	pthread_mutex_lock(&w->lock);
	taken = put(w, r);
	pthread_mutex_unlock(&w->lock);
	return taken;
}

struct trace_written trace_writer_state(struct trace_writer *w)
{
	struct trace_written state;

	pthread_mutex_lock(&w->lock);
	state = (struct trace_written){
		.records = w->records,
		.lost = w->lost,
		.bytes = w->bytes,
		.full = w->full,
		.failed = w->failed,
	};
	pthread_mutex_unlock(&w->lock);
	return state;
}

void trace_writer_flush(struct trace_writer *w)
{
	uint64_t upto;

	pthread_mutex_lock(&w->lock);
	upto = w->ring.put;
	if (w->flush_wanted < upto)
		w->flush_wanted = upto; /* a fixed goal: makers may go on for ever */
	while (w->flushed < upto) { /* also when it has failed: what is left is counted as lost */
		pthread_cond_signal(&w->work);
		pthread_cond_wait(&w->done, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
}

int trace_writer_close(struct trace_writer *w, const struct trace_counter *counters, unsigned ncounters,
		       struct error *e)
{
	struct error close_error;
	int err;

	pthread_mutex_lock(&w->lock);
	if (!w->failed && !w->full && w->lost_untold)
		tell_lost(w, NULL, true);
	w->counters = counters;
	w->ncounters = ncounters;
	w->closing = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	err = store_close(&w->store, &close_error);
	if (w->failed)
		*e = w->error;
	else if (err < 0)
		*e = close_error;
	err = w->failed || err < 0 ? -1 : 0;
	writer_free(w);
	return err;
}
