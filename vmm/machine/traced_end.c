/*
 * traced_end.c: what stands around the records: the head, the foot's counts, and the summary.
 *
 * Each count is one that its own place has counted; none is computed of others here.
 */
#include "vmm/machine/traced.h"

#include "vmm/boot/image.h"
#include "vmm/clock.h"
#include "vmm/doctor/examine.h"

#include <cpuid.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <x86intrin.h>
#include <xxhash.h>

/* --- names and values, as long as they are needed ------------------------------------------------ */

#define FIELDS_MAX (32 + 3 * TRACE_RANGES_MAX)
#define FIELD_TEXT 256
#define COUNTERS_MAX 512
#define COUNTER_NAME 48
#define PAGES_TOLD 128 /* pages with a count of their own */

struct head {
	unsigned count;
	struct trace_field fields[FIELDS_MAX];
	char names[FIELDS_MAX][COUNTER_NAME], values[FIELDS_MAX][FIELD_TEXT];
};

struct foot {
	unsigned count;
	struct trace_counter counters[COUNTERS_MAX];
	char names[COUNTERS_MAX][COUNTER_NAME];
};

static void say(struct head *h, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(struct head *h, const char *name, const char *format, ...)
{
	va_list args;

	if (h->count == FIELDS_MAX)
		return;
	snprintf(h->names[h->count], COUNTER_NAME, "%s", name);
	va_start(args, format);
	vsnprintf(h->values[h->count], FIELD_TEXT, format, args);
	va_end(args);
	h->fields[h->count] = (struct trace_field){h->names[h->count], h->values[h->count]};
	h->count++;
}

/* name: "a.b". */
static void count(struct foot *f, uint64_t value, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void count(struct foot *f, uint64_t value, const char *format, ...)
{
	va_list args;

	if (f->count == COUNTERS_MAX)
		return;
	va_start(args, format);
	vsnprintf(f->names[f->count], COUNTER_NAME, format, args);
	va_end(args);
	f->counters[f->count] = (struct trace_counter){f->names[f->count], value};
	f->count++;
}

/* --- the head ---------------------------------------------------------------------------------------- */

/* Cycles of the host's time stamp counter in a second: KVM knows, or it is measured. */
static uint64_t tsc_hz(const struct machine *m)
{
	int khz = ioctl(m->cpus[0].vcpu.fd, KVM_GET_TSC_KHZ);
	const struct timespec pause = {.tv_nsec = 10000000};
	uint64_t began = now_ns(), cycles = __rdtsc();

	if (khz > 0)
		return (uint64_t)khz * 1000;
	nanosleep(&pause, NULL);
	cycles = __rdtsc() - cycles;
	return (uint64_t)((double)cycles * 1e9 / (double)(now_ns() - began));
}

static void say_cpu(struct head *h)
{
	unsigned regs[12] = {0};
	char text[sizeof(regs) + 1] = "";

	for (unsigned i = 0; i < 3; i++)
		if (!__get_cpuid(0x80000002 + i, &regs[4 * i], &regs[4 * i + 1], &regs[4 * i + 2], &regs[4 * i + 3]))
			return;
	memcpy(text, regs, sizeof(regs));
	say(h, "host.cpu", "%s", text);
}

static void say_image(struct head *h, const char *path)
{
	struct image image;
	struct error e;

	say(h, "image", "%s", path);
	if (image_open(path, &image, &e) < 0)
		return; /* it was read once: it is told what it was */
	say(h, "image.size", "%zu", image.size);
	say(h, "image.xxh64", "%016llx", (unsigned long long)XXH64(image.bytes, image.size, 0));
	image_close(&image);
}

static void say_time(struct head *h, const struct traced *t, uint64_t hz, unsigned bits)
{
	time_t seconds = (time_t)t->start_time;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	say(h, "started", "%s", text);
	say(h, "tsc.hz", "%llu", (unsigned long long)hz);
	say(h, "tsc.start", "%llu", (unsigned long long)(t->started >> bits << bits));
	say(h, "tsc.resolution", "%llu", 1ull << bits);
}

static void say_ranges(struct head *h, const struct machine *m)
{
	const struct traced *t = m->traced;
	const struct watched *w = &t->recorder.watched;
	char name[COUNTER_NAME];

	for (unsigned i = 0; i < t->options->nranges; i++) {
		snprintf(name, sizeof(name), "range.%u", i);
		say(h, name, "%s%s", t->options->ranges[i].range.text, t->deferred[i] ? " (not yet mapped)" : "");
	}
	for (size_t i = 0; i < w->nranges && i < TRACE_RANGES_MAX; i++) {
		snprintf(name, sizeof(name), "traced.%zu", i);
		say(h, name, "gpa:0x%llx+0x%llx%s", (unsigned long long)w->ranges[i].start,
		    (unsigned long long)w->ranges[i].size, w->ranges[i].stores_only ? ":w" : "");
	}
	for (unsigned i = 0; i < m->nkept && i < TRACE_RANGES_MAX; i++) {
		snprintf(name, sizeof(name), "keeper.%u", i);
		say(h, name, "gpa:0x%llx+0x%llx %s", (unsigned long long)m->kept[i].start.v,
		    (unsigned long long)m->kept[i].size, m->kept[i].keeper->spec);
	}
}

static void say_options(struct head *h, const struct trace_options *o)
{
	if (o->conditions[0])
		say(h, "conditions", "%s", o->conditions);
	if (o->after)
		say(h, "after", "%llu", (unsigned long long)o->after);
	if (o->wanted)
		say(h, "for", "%llu", (unsigned long long)o->wanted);
	if (o->max_records)
		say(h, "max-records", "%llu", (unsigned long long)o->max_records);
	if (o->writer.max_size)
		say(h, "max-size", "%llu", (unsigned long long)o->writer.max_size);
	if (o->every > 1)
		say(h, "every", "%llu", (unsigned long long)o->every);
	if (o->has_start)
		say(h, "start-at", "%s", o->start_at.text);
	if (o->has_stop)
		say(h, "stop-at", "%s", o->stop_at.text);
	if (o->max_slowdown > 0)
		say(h, "max-slowdown", "%g", o->max_slowdown);
	say(h, "lossless", "%s", o->writer.lossless ? "yes" : "no");
}

struct trace_writer *traced_open(struct machine *m, struct error *e)
{
	const struct trace_options *o = m->traced->options;
	struct trace_writer_options options = o->writer;
	struct head *h = calloc(1, sizeof(*h));
	uint64_t hz = tsc_hz(m);
	struct trace_writer *writer;
	char kvm[120];

	if (!h) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	examine_kvm_text(kvm, sizeof(kvm));
	say(h, "command", "%s", o->command);
	say_image(h, m->options->boot.image);
	if (m->options->boot.symbols)
		say(h, "symbols", "%s", m->options->boot.symbols);
	say(h, "kvm", "%s", kvm);
	say_cpu(h);
	options.time_bits = trace_time_bits(o->time_resolution, hz);
	say_time(h, m->traced, hz, options.time_bits);
	say_ranges(h, m);
	say_options(h, o);
	writer = trace_writer_open(&options, h->fields, h->count, e);
	free(h);
	return writer;
}

/* --- the foot -------------------------------------------------------------------------------------------- */

static const char *way_name(enum way way)
{
	static const char *const names[WAYS] = {[WAY_TRAP] = "trap",
						[WAY_EMULATION] = "emulation",
						[WAY_MMIO] = "mmio",
						[WAY_REPEAT] = "repeat",
						[WAY_RUN] = "run"};
	return names[way];
}

static const char *outcome_name(enum outcome end)
{
	switch (end) {
	case OUTCOME_NEXT:
		return "done";
	case OUTCOME_FAULT:
		return "fault";
	case OUTCOME_RETRY:
		return "retry";
	case OUTCOME_REFUSED:
		return "refused";
	case OUTCOME_STEP:
		return "step";
	case OUTCOME_SUSPEND:
		return "suspend";
	case OUTCOME_STOP:
		break;
	}
	return "stop";
}

static void count_ways(struct foot *f, const struct machine *m)
{
	const struct stats stats = machine_stats(m), *s = &stats;

	count(f, s->runs, "runs");
	for (unsigned i = 0; i < EXIT_KINDS; i++)
		count(f, s->exits[i], "exits.%s", exit_kind_name((enum exit_kind)i));
	for (unsigned way = 0; way < WAYS; way++) {
		uint64_t begun = way != WAY_RUN ? s->begun[way] : machine_run_stats(m).asked;

		count(f, begun, "begun.%s", way_name((enum way)way));
		for (unsigned end = 0; end < OUTCOMES; end++)
			count(f, s->ended[way][end], "ended.%s.%s", way_name((enum way)way),
			      outcome_name((enum outcome)end));
	}
	count(f, s->mmio_absent, "mmio.absent");
	count(f, s->mmio_undone, "mmio.undone");
	count(f, s->steps, "steps");
}

static void count_parts(struct foot *f, const struct recorder *r)
{
	for (unsigned i = 0; i < PARTS_COUNTS; i++)
		count(f, r->counts[i], "%s", recorder_count_name((enum recorder_count)i));
	for (unsigned i = 0; i < TRACE_KINDS; i++)
		if (i != TRACE_LOST) /* the writer's own */
			count(f, r->kinds[i], "taken.%s", trace_kind_name((enum trace_kind)i));
}

/* How long the pages were looked at, those first that were not all the time. */
static void count_seen(struct foot *f, const struct traced *t, uint64_t now)
{
	const struct watched *w = &t->recorder.watched;
	unsigned told = 0;

	count(f, now - t->started, "cycles");
	count(f, w->npages, "pages");
	count(f, t->disarmings, "disarmings");
	for (size_t i = 0; i < w->npages && told < PAGES_TOLD; i++) {
		if (w->pages[i].turns == 0)
			continue;
		count(f, watched_seen(&w->pages[i], now), "seen.0x%llx", (unsigned long long)w->pages[i].gpa);
		told++;
	}
}

/* Of all pages together, in hundredths. */
static double share_seen(const struct traced *t, uint64_t now)
{
	const struct watched *w = &t->recorder.watched;
	double seen = 0, all = 0;

	for (size_t i = 0; i < w->npages; i++) {
		seen += (double)watched_seen(&w->pages[i], now);
		all += (double)(now - w->pages[i].added);
	}
	return all > 0 ? 100 * seen / all : 100;
}

/* A place that nobody comes by is often a place that was misspelt. */
static void tell_unreached(const struct gate *gate, const char *option, const struct range *range)
{
	if (gate->given && !gate->reached)
		fprintf(stderr, "lodestore: %s \"%s\" was never %s\n", option, range->text,
			gate->placed ? "reached" : "mapped by the guest");
}

static void summarize(const struct traced *t, const struct trace_written *written, uint64_t now)
{
	uint64_t left_out = t->recorder.counts[PARTS_FILTERED] + t->recorder.counts[PARTS_SKIPPED];

	fprintf(stderr, "lodestore: %llu records, %llu lost", (unsigned long long)written->records,
		(unsigned long long)written->lost);
	if (written->records > 0)
		fprintf(stderr, "; %llu bytes, %.2f a record", (unsigned long long)written->bytes,
			(double)written->bytes / (double)written->records);
	if (left_out > 0)
		fprintf(stderr, "; %llu access%s left out", (unsigned long long)left_out, left_out == 1 ? "" : "es");
	fprintf(stderr, "; pages seen %.1f %% of the time\n", share_seen(t, now));
	for (unsigned i = 0; i < t->options->nranges; i++)
		if (t->deferred[i])
			fprintf(stderr,
				"lodestore: range \"%s\" was never mapped by the guest: nothing was traced there\n",
				t->options->ranges[i].range.text);
	tell_unreached(&t->start, "--start-at", &t->options->start_at);
	tell_unreached(&t->stop, "--stop-at", &t->options->stop_at);
}

/* The process is over for its guest: it would begin anew. */
static bool was_reset(enum stop_kind kind)
{
	return kind == STOP_RESET || kind == STOP_TRIPLE_FAULT;
}

int traced_end(struct machine *m, struct error *e)
{
	struct traced *t = m->traced;
	struct trace_writer *writer = t->recorder.writer;
	struct foot *f = calloc(1, sizeof(*f));
	struct trace_written written;
	uint64_t now = __rdtsc();
	int err;

	if (!f)
		return error_set(e, STATUS_HOST, "out of memory");
	if (was_reset(m->stop.kind))
		recorder_mark(&t->recorder, &(struct trace_record){.kind = TRACE_RESET});
	trace_writer_flush(writer);
	written = trace_writer_state(writer);
	count_ways(f, m);
	count_parts(f, &t->recorder);
	count_seen(f, t, now);
	t->recorder.writer = NULL;
	summarize(t, &written, now);
	err = trace_writer_close(writer, f->counters, f->count, e);
	free(f);
	if (err < 0 && (m->stop.status == STATUS_OK || m->stop.kind == STOP_TRACED))
		return -1;
	if (err < 0)
		fprintf(stderr, "lodestore: %s\n", e->text);
	return 0;
}

void traced_free(struct machine *m)
{
	struct traced *t = m->traced;
	struct error e;

	if (!t)
		return;
	if (t->recorder.writer)
		(void)trace_writer_close(t->recorder.writer, NULL, 0, &e);
	ticker_free(t->ticker);
	watched_free(&t->recorder.watched);
	free(t);
	m->traced = NULL;
}
