/*
 * writer_thread.c: packed records out of the ring, into frames, into the file.
 *
 * A frame is finished when it is full, when it is a second old, or when somebody flushes.
 */
#include "vmm/trace/file/writer_state.h"

#include "vmm/clock.h"

#include <stdio.h>

#define AGE_NS 1000000000ull /* at which a frame is finished */
#define NAP_NS 50000000ull /* the thread looks for work so often at least */
#define BATCH 4096 /* records between two looks at the clock and at who waits */

static void fail(struct trace_writer *w, const struct error *e)
{
	pthread_mutex_lock(&w->lock);
	w->failed = true;
	w->error = *e;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
}

/* What was taken from the ring is in no frame of the file. */
static void drop(struct trace_writer *w, uint64_t records)
{
	pthread_mutex_lock(&w->lock);
	w->records -= records;
	w->lost += records;
	pthread_mutex_unlock(&w->lock);
}

/* The frame into the file; the next one is begun with the next record. */
static void finish_frame(struct trace_writer *w)
{
	struct block b = {.kind = BLOCK_FRAME, .time_bits = w->time_bits, .sequence = w->sequence, .tsc = w->tsc};
	struct iovec payload[TRACE_PIECES];
	struct error e;

	b.records = trace_encoder_records(w->encoder);
	if (!b.records)
		return;
	b.raw = trace_encoder_payload(w->encoder, payload);
	if (store_frame(&w->store, &b, payload, TRACE_PIECES, &e) < 0) {
		drop(w, b.records);
		fail(w, &e);
	} else {
		for (unsigned i = 0; i < TRACE_KINDS; i++)
			w->kinds[i] += w->frame_kinds[i];
		w->sequence += b.records;
		pthread_mutex_lock(&w->lock);
		w->bytes = w->store.out.bytes;
		w->full = w->max_size && w->bytes >= w->max_size;
		if (w->full)
			pthread_cond_broadcast(&w->done);
		pthread_mutex_unlock(&w->lock);
	}
	memset(w->frame_kinds, 0, sizeof(w->frame_kinds));
	trace_encoder_begin(w->encoder, 0);
}

static void take(struct trace_writer *w, const struct packed *p)
{
	if (!trace_encoder_records(w->encoder)) {
		w->began_ns = now_ns();
		trace_encoder_begin(w->encoder, p->tsc);
		w->tsc = trace_encoder_time(w->encoder);
	}
	trace_encoder_put(w->encoder, p);
	w->frame_kinds[p->kind]++;
	w->last_tsc = trace_encoder_time(w->encoder);
	if (trace_encoder_full(w->encoder))
		finish_frame(w);
}

/* Some of what is in the ring. false: it is empty. */
static bool take_some(struct trace_writer *w)
{
	uint64_t ready = atomic_load_explicit(&w->ring.ready, memory_order_acquire), dropped = 0;

	if (w->taken == ready)
		return false;
	for (unsigned i = 0; i < BATCH && w->taken != ready; i++) {
		const struct packed *p = ring_next(&w->ring, &w->taken);

		if (w->failed)
			dropped++;
		else
			take(w, p);
	}
	if (dropped)
		drop(w, dropped);
	atomic_store_explicit(&w->ring.taken, w->taken, memory_order_release);
	return true;
}

/* With the lock: until there may be something to do. */
static void sleep_a_while(struct trace_writer *w)
{
	uint64_t at = now_ns() + NAP_NS;
	struct timespec until = {.tv_sec = (time_t)(at / 1000000000), .tv_nsec = (long)(at % 1000000000)};

	w->asleep = true;
	pthread_cond_timedwait(&w->work, &w->lock, &until);
	w->asleep = false;
}

/* The ring was found empty. false: and nothing more comes. */
static bool be_idle(struct trace_writer *w)
{
	bool on = true;

	pthread_mutex_lock(&w->lock);
	if (w->ring.put == w->taken) {
		on = !w->closing;
		if (on && w->flush_wanted <= w->flushed)
			sleep_a_while(w);
	}
	pthread_mutex_unlock(&w->lock);
	return on;
}

/* The frame may have to end now; makers may wait. */
static void look_around(struct trace_writer *w)
{
	bool flush;

	pthread_mutex_lock(&w->lock);
	flush = w->flush_wanted > w->flushed && w->taken >= w->flush_wanted;
	if (w->waiting)
		pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
	if (!w->failed && trace_encoder_records(w->encoder) && (flush || now_ns() - w->began_ns >= AGE_NS))
		finish_frame(w);
	if (!flush)
		return;
	pthread_mutex_lock(&w->lock);
	w->flushed = w->taken;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
}

/* --- the whole ---------------------------------------------------------------------- */

static void begin(struct trace_writer *w)
{
	struct error e;

	if (store_head(&w->store, w->head, w->nhead, &e) < 0)
		fail(w, &e);
	pthread_mutex_lock(&w->lock);
	w->bytes = w->store.out.bytes;
	w->started = true;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->lock);
}

/* After a failure too, where the file is whole blocks: on a full disk there is place for the foot. */
static void end(struct trace_writer *w)
{
	struct trace_counter all[FOOT_FIELDS_MAX];
	char names[TRACE_KINDS][32];
	unsigned count = 0;
	struct error e;

	if (w->failed && (!w->store.out.regular || !w->store.out.bytes))
		return;
	all[count++] = (struct trace_counter){"records", w->sequence};
	for (unsigned i = 0; i < TRACE_KINDS; i++) {
		snprintf(names[i], sizeof(names[i]), "records.%s", trace_kind_name((enum trace_kind)i));
		all[count++] = (struct trace_counter){names[i], w->kinds[i]};
	}
	all[count++] = (struct trace_counter){"lost", w->lost};
	all[count++] = (struct trace_counter){"frames", w->store.frames};
	for (unsigned i = 0; i < w->ncounters && count < FOOT_FIELDS_MAX; i++)
		all[count++] = w->counters[i];
	if (store_foot(&w->store, all, count, w->sequence, w->last_tsc, &e) < 0 && !w->failed)
		fail(w, &e);
}

void *writer_run(void *argument)
{
	struct trace_writer *w = argument;
	bool on = true;

	begin(w);
	while (on) {
		on = take_some(w) || be_idle(w);
		look_around(w);
	}
	if (!w->failed)
		finish_frame(w);
	end(w);
	return NULL;
}
