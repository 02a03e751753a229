/* writer_test.c: what was put is read back, whole, in parts, and with other options. */
#include "vmm/trace/file/reader.h"
#include "vmm/trace/file/writer.h"

#include "tests/check.h"
#include "tests/trace_sample.h"

#include <stdlib.h>
#include <unistd.h>

static const struct trace_field head[] = {{"image", "kernel.elf"}, {"tsc_hz", "2600000000"}, {"empty", ""}};

static char directory[] = "/tmp/trace_writer_test.XXXXXX";

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static struct trace_writer *open_writer(const struct trace_writer_options *options)
{
	struct error e;
	struct trace_writer *w = trace_writer_open(options, head, 3, &e);

	CHECK_AT(w, "%s", e.text);
	return w;
}

static void put_any(struct trace_writer *w, unsigned count, unsigned seed)
{
	struct sample_random random = {seed};
	static uint8_t bytes[TRACE_BYTES_MAX];
	static char text[TRACE_BYTES_MAX];
	struct trace_record r;

	for (unsigned i = 0; i < count; i++) {
		sample_any(&random, &r, text, bytes);
		CHECK(trace_writer_put(w, &r));
	}
}

/* The records from first on are those that put_any() made. */
static void expect_any(struct trace_reader *reader, unsigned first, unsigned count, unsigned seed)
{
	struct sample_random random = {seed};
	static uint8_t bytes[TRACE_BYTES_MAX];
	static char text[TRACE_BYTES_MAX];
	struct trace_record want, got;
	struct error e = {0};

	for (unsigned i = 0; i < count; i++) {
		const char *differs;

		sample_any(&random, &want, text, bytes);
		if (i < first)
			continue;
		if (trace_reader_next(reader, &got, &e) != TRACE_READ_RECORD) {
			CHECK_AT(false, "record %u: %s", i, e.text);
			return;
		}
		CHECK_EQ(got.sequence, i);
		differs = sample_differs(&want, &got);
		CHECK_AT(!differs, "record %u, a %s: %s", i, trace_kind_name(want.kind), differs);
		if (differs)
			return;
	}
}

static void close_writer(struct trace_writer *w)
{
	static const struct trace_counter counters[] = {{"exits.efault", 77}, {"zero", 0}};
	struct error e;

	CHECK_AT(trace_writer_close(w, counters, 2, &e) == 0, "%s", e.text);
}

static void all_kinds(void)
{
	struct trace_writer *w = open_writer(&(struct trace_writer_options){.path = path_of("all"), .lossless = true});
	struct trace_reader *reader;
	struct trace_record r;
	struct trace_counter counter;
	struct trace_field field;
	uint64_t value = 0;
	struct error e;

	put_any(w, 200000, 1);
	close_writer(w);
	reader = trace_reader_open(path_of("all"), &e);
	CHECK(reader);
	CHECK_EQ(trace_reader_records(reader), 200000);
	CHECK(trace_reader_counter(reader, "exits.efault", &value) && value == 77);
	CHECK(!trace_reader_counter(reader, "exits", &value) && value == 77);
	CHECK(trace_reader_foot(reader, 0, &counter) && strcmp(counter.name, "records") == 0);
	CHECK_EQ(counter.value, 200000);
	CHECK_STR(trace_reader_field(reader, "image"), "kernel.elf");
	CHECK(!trace_reader_field(reader, "imag"));
	CHECK(trace_reader_head(reader, 2, &field) && !*field.value);
	CHECK(!trace_reader_head(reader, 3, &field));
	expect_any(reader, 0, 200000, 1);
	CHECK_EQ(trace_reader_next(reader, &r, &e), TRACE_READ_END);
	CHECK_EQ(trace_reader_next(reader, &r, &e), TRACE_READ_END);
	trace_reader_close(reader);
}

/* A guest chooses its CR3 and badge: as many contexts at one instruction as it likes. */
static void many_contexts(void)
{
	struct trace_writer *w =
		open_writer(&(struct trace_writer_options){.path = path_of("contexts"), .lossless = true});
	struct trace_record r = {.kind = TRACE_STORE,
				 .flags = TRACE_AFTER,
				 .size = 8,
				 .parts = 1,
				 .rip = 0x1000,
				 .gpa = 0x2000,
				 .keeper = "memory"};
	struct trace_reader *reader;
	struct trace_record got;
	struct error e;

	for (r.badge = 0; r.badge < 2000; r.badge++)
		CHECK(trace_writer_put(w, &r));
	close_writer(w);
	reader = trace_reader_open(path_of("contexts"), &e);
	for (uint64_t i = 0; i < 2000; i++) {
		CHECK_EQ(trace_reader_next(reader, &got, &e), TRACE_READ_RECORD);
		CHECK_EQ(got.badge, i);
	}
	CHECK_EQ(trace_reader_next(reader, &got, &e), TRACE_READ_END);
	trace_reader_close(reader);
}

static void empty(void)
{
	struct trace_writer *w = open_writer(&(struct trace_writer_options){.path = path_of("empty")});
	struct trace_reader *reader;
	struct trace_record r;
	struct error e;

	close_writer(w);
	reader = trace_reader_open(path_of("empty"), &e);
	CHECK(reader);
	CHECK_EQ(trace_reader_records(reader), 0);
	CHECK_EQ(trace_reader_next(reader, &r, &e), TRACE_READ_END);
	trace_reader_close(reader);
}

static void sought(void)
{
	static const unsigned places[] = {0, 1, 199999, 65536, 70000, 65535, 131072, 3, 200000, 5000000, 10};
	struct error e;
	struct trace_reader *reader = trace_reader_open(path_of("all"), &e);

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct trace_record r;

		CHECK_AT(trace_reader_seek(reader, places[i], &e) == 0, "%u: %s", places[i], e.text);
		if (places[i] >= 200000)
			CHECK_EQ(trace_reader_next(reader, &r, &e), TRACE_READ_END);
		else if (CHECK_AT(trace_reader_next(reader, &r, &e) == TRACE_READ_RECORD, "%s", e.text), true)
			CHECK_EQ(r.sequence, places[i]);
	}
	CHECK(trace_reader_seek(reader, 150000, &e) == 0);
	expect_any(reader, 150000, 200000, 1);
	trace_reader_close(reader);
}

/* What was flushed is read while the writer goes on. */
static void followed(void)
{
	struct trace_writer *w =
		open_writer(&(struct trace_writer_options){.path = path_of("followed"), .lossless = true});
	struct trace_reader *reader;
	struct trace_record r;
	struct error e;

	put_any(w, 1000, 2);
	trace_writer_flush(w);
	reader = trace_reader_open(path_of("followed"), &e);
	CHECK(reader);
	CHECK_EQ(trace_reader_records(reader), 0);
	expect_any(reader, 0, 1000, 2);
	CHECK_EQ(trace_reader_next(reader, &r, &e), TRACE_READ_UNFINISHED);
	CHECK(strstr(e.text, "after record 999: "));
	CHECK(trace_reader_seek(reader, 500, &e) == 0);
	expect_any(reader, 500, 1000, 2);
	trace_reader_close(reader);
	trace_writer_flush(w);
	close_writer(w);
}

static void existing(void)
{
	struct error e;
	struct trace_writer *w;

	CHECK(!trace_writer_open(&(struct trace_writer_options){.path = path_of("all")}, head, 3, &e));
	CHECK(strstr(e.text, "exists; --force replaces it"));
	CHECK_EQ(e.status, STATUS_INPUT);
	w = open_writer(&(struct trace_writer_options){.path = path_of("all"), .force = true});
	close_writer(w);
	CHECK(!trace_writer_open(&(struct trace_writer_options){.path = path_of("no/where")}, head, 3, &e));
	CHECK(strstr(e.text, "No such file"));
	CHECK(!trace_writer_open(&(struct trace_writer_options){.path = directory, .force = true}, head, 3, &e));
}

static void nowhere(void)
{
	struct trace_writer *w = open_writer(&(struct trace_writer_options){.path = "none", .lossless = true});
	struct trace_written state;

	put_any(w, 1000, 3);
	trace_writer_flush(w);
	state = trace_writer_state(w);
	CHECK_EQ(state.records, 1000);
	CHECK_EQ(state.lost, 0);
	CHECK(state.bytes > 1000);
	close_writer(w);
}

static void all(void)
{
	CHECK(mkdtemp(directory));
}

static void clean(void)
{
	static const char *const names[] = {"all", "contexts", "empty", "followed"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	CHECK(rmdir(directory) == 0);
}

CHECK_MAIN(CHECK_TEST(all), CHECK_TEST(all_kinds), CHECK_TEST(many_contexts), CHECK_TEST(empty), CHECK_TEST(sought),
	   CHECK_TEST(followed), CHECK_TEST(existing), CHECK_TEST(nowhere), CHECK_TEST(clean))
