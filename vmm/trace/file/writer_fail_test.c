/* writer_fail_test.c: killed, on a full disk, into a closed pipe, too slow, at its limit: what was written is readable.
 */
#include "vmm/trace/file/reader.h"
#include "vmm/trace/file/writer.h"

#include "tests/check.h"
#include "tests/trace_sample.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/trace_fail_test.XXXXXX";

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* A record whose fields follow from its number. */
static struct trace_record numbered(uint64_t i)
{
	uint64_t value = (i + 1) * 0x9e3779b97f4a7c15u;
	struct trace_record r = {
		.kind = i % 3 ? TRACE_LOAD : TRACE_STORE,
		.flags = TRACE_BEFORE,
		.tsc = 1000 + i * 7,
		.size = 8,
		.parts = 1,
		.rip = 0x1000 + i % 50 * 4,
		.linear = 0x7000000 + i * 8,
		.gpa = 0x3000000 + i * 8,
		.keeper = "memory",
	};

	value ^= value >> 29;
	value *= 0xbf58476d1ce4e5b9u;
	value ^= value >> 32; /* nothing to compress */
	memcpy(r.before, &value, 8);
	return r;
}

struct found {
	uint64_t records, lost;
	enum trace_read end;
	bool right; /* each was the one that must come */
	struct error error;
};

/* All of a file of numbered records, of which some may be lost. */
static struct found read_all(const char *path)
{
	struct found found = {.right = true};
	struct trace_reader *reader = trace_reader_open(path, &found.error);
	struct trace_record r;
	uint64_t number = 0;

	found.end = TRACE_READ_BAD;
	if (!reader)
		return found;
	while ((found.end = trace_reader_next(reader, &r, &found.error)) == TRACE_READ_RECORD) {
		struct trace_record want = numbered(number);

		found.right = found.right && r.sequence == found.records;
		found.records++;
		if (r.kind == TRACE_LOST) {
			found.lost += r.count;
			number += r.count;
		} else {
			found.right = found.right && !sample_differs(&want, &r);
			number++;
		}
	}
	trace_reader_close(reader);
	return found;
}

static struct trace_writer *open_writer(struct trace_writer_options options)
{
	struct error e = {0};
	struct trace_writer *w = trace_writer_open(&options, NULL, 0, &e);

	CHECK_AT(w, "%s", e.text);
	return w;
}

/* --- killed --------------------------------------------------------------------- */

/* Writes on and on until it is killed. */
static void be_killed(const char *path)
{
	struct error e;
	struct trace_writer *w = trace_writer_open(
		&(struct trace_writer_options){.path = path, .force = true, .lossless = true, .buffer = 65536}, NULL, 0,
		&e);

	for (uint64_t i = 0;; i++) {
		struct trace_record r = numbered(i);

		trace_writer_put(w, &r);
		if (i % 1000 == 0)
			trace_writer_flush(w);
	}
	_exit(1);
}

static void killed(void)
{
	struct sample_random random = {7};
	unsigned unfinished = 0, with_records = 0;

	for (unsigned i = 0; i < 20; i++) {
		pid_t child = fork();
		struct found found;
		int status;

		if (child == 0)
			be_killed(path_of("killed"));
		usleep((useconds_t)(3000 + sample_next(&random) % 20000));
		kill(child, SIGKILL);
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
		found = read_all(path_of("killed"));
		CHECK(found.right);
		if (found.records) {
			with_records++;
			CHECK_AT(found.end == TRACE_READ_UNFINISHED, "%s", found.error.text);
			CHECK(strstr(found.error.text, "without a foot"));
		}
		unfinished += strstr(found.error.text, "unfinished") != NULL;
	}
	CHECK(with_records > 5);
	(void)unfinished; /* a kill within write() is seldom: cut_anywhere() has them all */
}

/* At every byte of a small file. */
static void cut_anywhere(void)
{
	struct trace_writer *w = open_writer((struct trace_writer_options){.path = path_of("whole"), .lossless = true});
	static uint8_t bytes[65536];
	struct error e;
	uint64_t size, most = 0;
	FILE *file;

	for (uint64_t i = 0; i < 300; i++) {
		struct trace_record r = numbered(i);

		trace_writer_put(w, &r);
		if (i % 100 == 99)
			trace_writer_flush(w);
	}
	CHECK(trace_writer_close(w, NULL, 0, &e) == 0);
	file = fopen(path_of("whole"), "re");
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	CHECK(read_all(path_of("whole")).end == TRACE_READ_END);
	for (uint64_t cut = 0; cut < size; cut++) {
		struct found found;

		file = fopen(path_of("cut"), "we");
		fwrite(bytes, 1, cut, file);
		fclose(file);
		found = read_all(path_of("cut"));
		CHECK(found.right && found.end != TRACE_READ_END && found.records % 100 == 0);
		CHECK_AT(!found.records || found.end == TRACE_READ_UNFINISHED, "%s", found.error.text);
		CHECK(found.records >= most);
		most = found.records;
	}
	CHECK_EQ(most, 300);
}

/* --- full ------------------------------------------------------------------------- */

static void fill(struct trace_writer *w, bool lossless)
{
	uint64_t put = 0, i;
	struct trace_written state;
	struct error e = {0};

	for (i = 0; i < 3000000; i++) {
		struct trace_record r = numbered(i);

		if (!trace_writer_put(w, &r) && lossless)
			break;
		put++;
	}
	trace_writer_flush(w);
	state = trace_writer_state(w);
	CHECK(state.failed && !state.full);
	CHECK(state.lost > 0);
	CHECK_AT(trace_writer_close(w, NULL, 0, &e) < 0, "%s", "it must fail");
	CHECK_AT(strstr(e.text, "File too large"), "%s", e.text);
}

static void full_disk(void)
{
	struct rlimit old, limit;
	struct found found;

	getrlimit(RLIMIT_FSIZE, &old);
	for (unsigned lossless = 0; lossless < 2; lossless++) {
		struct trace_writer *w;

		limit = (struct rlimit){.rlim_cur = 1000000, .rlim_max = old.rlim_max};
		w = open_writer((struct trace_writer_options){
			.path = path_of("full"), .force = true, .lossless = lossless, .buffer = 65536});
		setrlimit(RLIMIT_FSIZE, &limit);
		fill(w, lossless);
		setrlimit(RLIMIT_FSIZE, &old);
		found = read_all(path_of("full"));
		CHECK(found.right && found.records > 50000);
		CHECK_AT(found.end == TRACE_READ_END, "%s", found.error.text); /* the foot had place */
	}
}

/* Frames of any size into 64 KiB: whatever the last one that had place has left, the foot has place after it. */
static void small_disk(void)
{
	static char small[sizeof(directory) + 8];

	snprintf(small, sizeof(small), "%s/small", directory);
	CHECK(mkdir(small, 0700) == 0);
	for (unsigned round = 0; round < 40; round++) {
		struct trace_writer *w;
		struct found found;

		if (mount("tmpfs", small, "tmpfs", 0, "size=64k") < 0) {
			rmdir(small);
			SKIP("nothing can be mounted here");
			return;
		}
		w = open_writer(
			(struct trace_writer_options){.path = path_of("small/t"), .lossless = true, .buffer = 65536});
		for (uint64_t i = 0; !trace_writer_state(w).failed && i < 100000; i++) {
			struct trace_record r = numbered(i);

			trace_writer_put(w, &r);
			if (i % (7 + round) == 0)
				trace_writer_flush(w);
		}
		CHECK(trace_writer_state(w).failed);
		CHECK(trace_writer_close(w, NULL, 0, &(struct error){0}) < 0);
		found = read_all(path_of("small/t"));
		CHECK(found.right && found.records > 500);
		CHECK_AT(found.end == TRACE_READ_END, "round %u: %s", round, found.error.text);
		CHECK(umount(small) == 0);
	}
	rmdir(small);
}

static void limited(void)
{
	struct trace_writer *w = open_writer((struct trace_writer_options){
		.path = path_of("limited"), .lossless = true, .max_size = 2000000, .buffer = 65536});
	struct trace_written state;
	uint64_t i = 0;
	struct found found;
	struct error e;

	for (bool on = true; on && i < 5000000; i += on) {
		struct trace_record r = numbered(i);

		on = trace_writer_put(w, &r);
	}
	state = trace_writer_state(w);
	CHECK(state.full && !state.failed);
	CHECK_EQ(state.lost, 0);
	CHECK_EQ(state.records, i);
	CHECK(trace_writer_close(w, NULL, 0, &e) == 0);
	found = read_all(path_of("limited"));
	CHECK(found.end == TRACE_READ_END && found.right);
	CHECK_EQ(found.records, i);
}

/* --- too slow ------------------------------------------------------------------------ */

static void lossy(void)
{
	struct trace_writer *w = open_writer((struct trace_writer_options){.path = path_of("lossy"), .buffer = 65536});
	uint64_t taken = 0, lost = 0, value = 0;
	struct trace_reader *reader;
	struct trace_written state;
	struct found found;
	struct error e;

	for (uint64_t i = 0; i < 1000000; i++) {
		struct trace_record r = numbered(i);

		if (trace_writer_put(w, &r))
			taken++;
		else
			lost++;
	}
	state = trace_writer_state(w);
	CHECK_EQ(state.lost, lost);
	CHECK(trace_writer_close(w, NULL, 0, &e) == 0);
	found = read_all(path_of("lossy"));
	CHECK(found.end == TRACE_READ_END && found.right);
	CHECK_EQ(found.lost, lost);
	CHECK(lost > 0); /* a ring of 700 records, and a maker that does nothing else */
	reader = trace_reader_open(path_of("lossy"), &e);
	CHECK(trace_reader_counter(reader, "lost", &value) && value == lost);
	CHECK(trace_reader_counter(reader, "records.lost", &value) && found.records == taken + value);
	trace_reader_close(reader);
}

#define MAKERS 3
#define MADE 50000

struct maker {
	struct trace_writer *writer;
	uint8_t vcpu;
};

static void *make(void *argument)
{
	const struct maker *maker = argument;

	for (uint64_t i = 0; i < MADE; i++) {
		struct trace_record r = numbered(i);

		r.vcpu = maker->vcpu;
		trace_writer_put(maker->writer, &r);
	}
	return NULL;
}

/* The records of each are whole, all there, and in its order. */
static void check_makers(struct trace_reader *reader)
{
	uint64_t next[MAKERS] = {0}, all = 0;
	struct trace_record r;
	struct error e;

	while (trace_reader_next(reader, &r, &e) == TRACE_READ_RECORD && r.vcpu < MAKERS) {
		struct trace_record want = numbered(next[r.vcpu]++);

		want.vcpu = r.vcpu;
		CHECK_EQ(r.sequence, all++);
		CHECK_AT(!sample_differs(&want, &r), "vcpu %u, record %" PRIu64, r.vcpu, next[r.vcpu] - 1);
	}
	CHECK_EQ(all, MAKERS * MADE);
	for (unsigned i = 0; i < MAKERS; i++)
		CHECK_EQ(next[i], MADE);
}

static void several_makers(void)
{
	struct trace_writer *w = open_writer(
		(struct trace_writer_options){.path = path_of("several"), .lossless = true, .buffer = 65536});
	struct maker makers[MAKERS];
	pthread_t threads[MAKERS];
	struct trace_reader *reader;
	struct error e;

	for (uint8_t i = 0; i < MAKERS; i++) {
		makers[i] = (struct maker){w, i};
		pthread_create(&threads[i], NULL, make, &makers[i]);
	}
	for (unsigned i = 0; i < 10; i++)
		trace_writer_flush(w);
	for (unsigned i = 0; i < MAKERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(trace_writer_close(w, NULL, 0, &e) == 0);
	reader = trace_reader_open(path_of("several"), &e);
	CHECK_EQ(trace_reader_records(reader), MAKERS * MADE);
	check_makers(reader);
	trace_reader_close(reader);
}

/* --- a pipe ------------------------------------------------------------------------------ */

static void closed_pipe(void)
{
	int ends[2], old = dup(STDOUT_FILENO);
	struct trace_writer *w;
	struct error e = {0};
	char byte;

	fflush(stdout);
	CHECK(pipe(ends) == 0);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	w = open_writer((struct trace_writer_options){.path = "-", .lossless = true, .buffer = 65536});
	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'l');
	close(ends[0]);
	for (uint64_t i = 0; i < 200000; i++) {
		struct trace_record r = numbered(i);

		if (!trace_writer_put(w, &r))
			break;
	}
	trace_writer_flush(w);
	CHECK(trace_writer_state(w).failed);
	CHECK(trace_writer_close(w, NULL, 0, &e) < 0);
	dup2(old, STDOUT_FILENO);
	close(old);
	CHECK_AT(strstr(e.text, "standard output") && strstr(e.text, "Broken pipe"), "%s", e.text);
}

/* --- files ---------------------------------------------------------------------------------- */

static void links(void)
{
	char target[128];
	struct error e;
	FILE *file;
	char text[8] = "";

	snprintf(target, sizeof(target), "%s", path_of("target"));
	file = fopen(target, "we");
	fputs("kept", file);
	fclose(file);
	CHECK(symlink(target, path_of("link")) == 0);
	CHECK(!trace_writer_open(&(struct trace_writer_options){.path = path_of("link")}, NULL, 0, &e));
	CHECK(strstr(e.text, "exists"));
	CHECK(trace_writer_close(open_writer((struct trace_writer_options){.path = path_of("link"), .force = true}),
				 NULL, 0, &e) == 0);
	file = fopen(target, "re");
	CHECK(fgets(text, sizeof(text), file) &&
	      strcmp(text, "kept") == 0); /* the link was replaced, not what it names */
	fclose(file);
	CHECK(symlink("nothing", path_of("dangling")) == 0);
	CHECK(!trace_writer_open(&(struct trace_writer_options){.path = path_of("dangling")}, NULL, 0, &e));
}

static void begin(void)
{
	CHECK(mkdtemp(directory));
}

static void clean(void)
{
	static const char *const names[] = {"killed", "whole",   "cut",    "full", "limited",
					    "lossy",  "several", "target", "link", "dangling"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	CHECK(rmdir(directory) == 0);
}

CHECK_MAIN(CHECK_TEST(begin), CHECK_TEST(killed), CHECK_TEST(cut_anywhere), CHECK_TEST(full_disk),
	   CHECK_TEST(small_disk), CHECK_TEST(limited), CHECK_TEST(lossy), CHECK_TEST(several_makers),
	   CHECK_TEST(closed_pipe), CHECK_TEST(links), CHECK_TEST(clean))
