#include "vmm/bench/trace.h"

#include "vmm/bench/trace_stream.h"
#include "vmm/trace/reader.h"
#include "vmm/trace/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORDS 131072 /* different ones */
#define TIMES 24 /* of all of them, in one file */
#define ROUNDS 3

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int write_round(struct trace_record *records, const char *path, struct trace_figures *round, struct error *e)
{
	const struct trace_writer_options options = {.path = path, .force = true, .lossless = true};
	struct trace_writer *w = trace_writer_open(&options, NULL, 0, e);
	uint64_t later = records[RECORDS - 1].tsc - records[0].tsc;
	double wall = seconds(CLOCK_MONOTONIC), all = seconds(CLOCK_PROCESS_CPUTIME_ID);
	double put = seconds(CLOCK_THREAD_CPUTIME_ID), count = (double)RECORDS * TIMES;
	struct trace_written state;

	if (!w)
		return -1;
	for (unsigned i = 0; i < TIMES; i++)
		for (unsigned j = 0; j < RECORDS; j++) {
			trace_writer_put(w, &records[j]);
			records[j].tsc += later; /* time goes on */
		}
	trace_writer_flush(w);
	put = seconds(CLOCK_THREAD_CPUTIME_ID) - put;
	all = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	state = trace_writer_state(w);
	*round = (struct trace_figures){
		.records_per_s = count / wall,
		.put_ns = put * 1e9 / count,
		.thread_ns = (all - put) * 1e9 / count,
		.bytes = (double)state.bytes / count,
	};
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

int trace_measure(struct trace_figures *figures, struct error *e)
{
	const char *directory = getenv("TMPDIR");
	struct trace_record *records = trace_stream(RECORDS);
	struct trace_figures round = {0};
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%.200s/lodestore-bench.XXXXXX", directory ? directory : "/tmp");
	fd = records ? mkstemp(path) : -1;
	if (fd < 0) {
		free(records);
		return error_set(e, STATUS_HOST, "%s: %s", path, records ? strerror(errno) : "no memory");
	}
	close(fd);
	for (unsigned i = 0; i < ROUNDS && err == 0; i++) {
		err = write_round(records, path, &round, e);
		err = err ? err : read_round(path, &round, e);
		if (i == 0)
			*figures = round;
		figures->records_per_s = most(figures->records_per_s, round.records_per_s);
		figures->read_per_s = most(figures->read_per_s, round.read_per_s);
		figures->put_ns = least(figures->put_ns, round.put_ns);
		figures->thread_ns = least(figures->thread_ns, round.thread_ns);
	}
	unlink(path);
	free(records);
	return err;
}

void trace_print_text(const struct trace_figures *f, FILE *out)
{
	fprintf(out, "a trace of made-up programs, with values and time, through the writer into a file:\n");
	fprintf(out, "  encode            %8.1f M records/s    (to reach: 20)\n", f->records_per_s / 1e6);
	fprintf(out, "    a maker's part  %8.1f ns of its CPU a record\n", f->put_ns);
	fprintf(out, "    the thread's    %8.1f ns of its CPU a record\n", f->thread_ns);
	fprintf(out, "  bytes a record    %8.2f                (to reach, of real programs: 1.9)\n", f->bytes);
	fprintf(out, "  decode            %8.1f M records/s\n", f->read_per_s / 1e6);
}

void trace_print_json(const struct trace_figures *f, FILE *out)
{
	fprintf(out,
		"{\"records_per_s\": %.0f, \"put_ns\": %.1f, \"thread_ns\": %.1f, \"bytes_per_record\": %.3f, "
		"\"read_per_s\": %.0f}",
		f->records_per_s, f->put_ns, f->thread_ns, f->bytes, f->read_per_s);
}
