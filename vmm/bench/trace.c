#include "vmm/bench/trace.h"

#include "vmm/bench/trace_source.h"
#include "vmm/clock.h"
#include "vmm/trace/file/reader.h"
#include "vmm/trace/file/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORDS 3000000 /* at least, of each round: all of the source as often as it takes */
#define ROUNDS 3
#define TIME_BITS 8 /* as `lodestore trace` does on a host of 2.6 to 5 GHz */

static double seconds(clockid_t clock)
{
	return (double)clock_ns(clock) / 1e9;
}

/* All of the source, so many times after each other; time goes on. */
static void put_all(struct trace_writer *w, const struct trace_source *source, uint64_t times)
{
	uint64_t later = 0, took = source->last - source->first + 1;
	struct trace_record r = {.kind = TRACE_LOAD};

	for (uint64_t i = 0; i < times; i++, later += took)
		for (const uint8_t *at = source->kept; at < source->kept + source->size;) {
			at = trace_source_take(at, &r);
			r.tsc += later;
			trace_writer_put(w, &r);
		}
}

static int write_round(const struct trace_source *source, const char *path, struct trace_figures *round,
		       struct error *e)
{
	const struct trace_writer_options options = {
		.path = path, .force = true, .lossless = true, .time_bits = TIME_BITS};
	struct trace_writer *w = trace_writer_open(&options, NULL, 0, e);
	uint64_t times = RECORDS / source->count + 1;
	double count = (double)source->count, wall, all, put;

	if (!w)
		return -1;
	put_all(w, source, 1);
	trace_writer_flush(w);
	round->bytes = (double)trace_writer_state(w).bytes / count;
	wall = seconds(CLOCK_MONOTONIC);
	all = seconds(CLOCK_PROCESS_CPUTIME_ID);
	put = seconds(CLOCK_THREAD_CPUTIME_ID);
	put_all(w, source, times);
	trace_writer_flush(w);
	put = seconds(CLOCK_THREAD_CPUTIME_ID) - put;
	all = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	count *= (double)times;
	round->records_per_s = count / wall;
	round->put_ns = put * 1e9 / count;
	round->thread_ns = (all - put) * 1e9 / count;
	return trace_writer_close(w, NULL, 0, e);
}

static int read_round(const char *path, struct trace_figures *round, struct error *e)
{
	struct trace_reader *r = trace_reader_open(path, e);
	double wall = seconds(CLOCK_MONOTONIC);
	enum trace_read read = TRACE_READ_RECORD;
	struct trace_record record;
	uint64_t count = 0;

	if (!r)
		return -1;
	while (read == TRACE_READ_RECORD) {
		read = trace_reader_next(r, &record, e);
		count++;
	}
	wall = seconds(CLOCK_MONOTONIC) - wall;
	trace_reader_close(r);
	round->read_per_s = (double)(count - 1) / wall;
	return read == TRACE_READ_END ? 0 : -1;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

int trace_measure(const char *of, struct trace_figures *figures, struct error *e)
{
	const char *directory = getenv("TMPDIR");
	struct trace_figures round = {0};
	struct trace_source source;
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%.200s/lodestore-bench.XXXXXX", directory ? directory : "/tmp");
	if (trace_source_open(&source, of, e) < 0)
		return -1;
	fd = mkstemp(path);
	if (fd < 0) {
		trace_source_close(&source);
		return error_set(e, STATUS_HOST, "%s: %s", path, strerror(errno));
	}
	close(fd);
	for (unsigned i = 0; i < ROUNDS && err == 0; i++) {
		err = write_round(&source, path, &round, e);
		err = err ? err : read_round(path, &round, e);
		if (i == 0)
			*figures = round;
		figures->records_per_s = most(figures->records_per_s, round.records_per_s);
		figures->read_per_s = most(figures->read_per_s, round.read_per_s);
		figures->put_ns = least(figures->put_ns, round.put_ns);
		figures->thread_ns = least(figures->thread_ns, round.thread_ns);
	}
	figures->of = of;
	figures->records = source.count;
	unlink(path);
	trace_source_close(&source);
	return err;
}

void trace_print_text(const struct trace_figures *f, FILE *out)
{
	fprintf(out, "%llu accesses of %s, with values and time, through the writer into a file:\n",
		(unsigned long long)f->records, f->of ? f->of : "made-up programs");
	fprintf(out, "  encode            %8.1f M records/s    (to reach: 20)\n", f->records_per_s / 1e6);
	fprintf(out, "    a maker's part  %8.1f ns of its CPU a record\n", f->put_ns);
	fprintf(out, "    the thread's    %8.1f ns of its CPU a record\n", f->thread_ns);
	fprintf(out, "  bytes a record    %8.2f                (to reach, of real programs: 1.9)\n", f->bytes);
	fprintf(out, "  decode            %8.1f M records/s\n", f->read_per_s / 1e6);
}

void trace_print_json(const struct trace_figures *f, FILE *out)
{
	fprintf(out,
		"{\"records\": %llu, \"made_up\": %s, \"records_per_s\": %.0f, \"put_ns\": %.1f, \"thread_ns\": %.1f, "
		"\"bytes_per_record\": %.3f, \"read_per_s\": %.0f}",
		(unsigned long long)f->records, f->of ? "false" : "true", f->records_per_s, f->put_ns, f->thread_ns,
		f->bytes, f->read_per_s);
}
