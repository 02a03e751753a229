/* format_test.c: the file that docs/trace-format.md takes apart is what the writer writes; headers that cannot be. */
#include "vmm/trace/file/block.h"
#include "vmm/trace/file/reader.h"
#include "vmm/trace/file/writer.h"

#include "tests/check.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#define DOCUMENT "docs/trace-format.md"

static char path[] = "/tmp/trace_format_test.XXXXXX";

static void put_example(struct trace_writer *w)
{
	static const uint8_t initial[4] = {0xd2, 4, 0, 0};
	struct trace_record armed = {.kind = TRACE_ARMED,
				     .tsc = 1000,
				     .gpa = 0x5000,
				     .count = 4,
				     .bytes = initial,
				     .nbytes = sizeof(initial)};
	struct trace_record load = {
		.kind = TRACE_LOAD,
		.tsc = 1500,
		.flags = TRACE_BEFORE,
		.size = 4,
		.parts = 1,
		.cpl = 3,
		.bits = 64,
		.code_size = 2,
		.code = {0x8b, 0x03}, /* mov eax,[rbx] */
		.rip = 0x401000,
		.linear = 0x7000,
		.gpa = 0x5000,
		.cr3 = 0x1000,
		.before = {0xd2, 0x04},
		.keeper = "memory",
	};
	struct trace_record store = load;

	trace_writer_put(w, &armed);
	trace_writer_put(w, &load);
	store.kind = TRACE_STORE;
	store.tsc = 1700;
	store.flags = TRACE_BEFORE | TRACE_AFTER;
	store.rip = 0x401002;
	store.code[0] = 0x89; /* mov [rbx],eax */
	store.after[0] = 0xd3;
	store.after[1] = 0x04;
	trace_writer_put(w, &store);
	load.tsc = 2000;
	load.before[0] = 0xd3;
	trace_writer_put(w, &load);
}

/* The hex digits of the lines "OFFSET: xx xx xx  words" in the document. */
static size_t read_document(uint8_t *bytes, size_t room)
{
	FILE *file = fopen(DOCUMENT, "re");
	char line[256];
	size_t n = 0;

	while (file && fgets(line, sizeof(line), file)) {
		unsigned offset;
		int at = 0;

		if (sscanf(line, "    %4x: %n", &offset, &at) != 1 || !at)
			continue;
		CHECK_EQ(offset, n);
		for (const char *c = line + at; n < room && isxdigit(c[0]) && isxdigit(c[1]) && isspace(c[2]); c += 3)
			bytes[n++] = (uint8_t)strtoul(c, NULL, 16);
	}
	if (file)
		fclose(file);
	return n;
}

static void worked_example(void)
{
	static const struct trace_field head[] = {{"image", "demo.elf"}};
	uint8_t written[4096], documented[4096];
	struct trace_writer *w;
	struct error e;
	FILE *file;
	size_t size, n;

	CHECK(mkstemp(path) >= 0);
	w = trace_writer_open(&(struct trace_writer_options){.path = path, .force = true, .lossless = true}, head, 1,
			      &e);
	CHECK(w);
	put_example(w);
	CHECK(trace_writer_close(w, &(struct trace_counter){"exits", 3}, 1, &e) == 0);
	file = fopen(path, "re");
	size = fread(written, 1, sizeof(written), file);
	fclose(file);
	unlink(path);
	n = read_document(documented, sizeof(documented));
	CHECK_EQ(n, size);
	CHECK(n == size && memcmp(written, documented, size) == 0);
	for (size_t i = 0; n != size && i < size; i++)
		fprintf(stderr, "%s%02x%s", i % 16 ? "" : "    ", written[i], i % 16 == 15 ? "\n" : " ");
}

/* Bits of time that are left out: of frames only, and not all of them. */
static void time_bits(void)
{
	static const struct {
		struct block b;
		enum block_status status;
	} rows[] = {
		{{.kind = BLOCK_FRAME, .records = 1, .raw = 1, .stored = 1, .time_bits = 32}, BLOCK_OK},
		{{.kind = BLOCK_FRAME, .records = 1, .raw = 1, .stored = 1, .time_bits = 33}, BLOCK_NO_SENSE},
		{{.kind = BLOCK_HEAD, .time_bits = 1}, BLOCK_NO_SENSE},
		{{.kind = BLOCK_FOOT, .time_bits = 1}, BLOCK_NO_SENSE},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct block put = rows[i].b, got = {.time_bits = 99};
		uint8_t header[BLOCK_HEADER];

		block_put(&put, header);
		CHECK_EQ(block_get(header, &got), rows[i].status);
		CHECK_EQ(got.time_bits, rows[i].status == BLOCK_OK ? put.time_bits : 99);
	}
}

CHECK_MAIN(CHECK_TEST(worked_example), CHECK_TEST(time_bits))
