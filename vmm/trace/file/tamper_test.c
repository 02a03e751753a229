/* tamper_test.c: files that were changed, cut or put in another order are named as what they are. */
#include "vmm/trace/file/block.h"
#include "vmm/trace/file/bytes.h"
#include "vmm/trace/file/reader.h"
#include "vmm/trace/file/writer.h"

#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

#define FRAMES 3
#define EACH 100 /* records of a frame */

static char path[] = "/tmp/trace_tamper_test.XXXXXX";
static uint8_t whole[65536], changed[65536 * 2];
static size_t size;
static size_t at[FRAMES + 3]; /* where the head, the frames, the foot and the trailer begin */

static void write_whole(void)
{
	struct error e;
	struct trace_writer *w;
	FILE *file;

	CHECK(mkstemp(path) >= 0);
	w = trace_writer_open(&(struct trace_writer_options){.path = path, .force = true, .lossless = true}, NULL, 0,
			      &e);
	for (unsigned i = 0; i < FRAMES * EACH; i++) {
		struct trace_record r = {
			.kind = TRACE_LOAD, .size = 8, .flags = TRACE_BEFORE, .gpa = i * i, .rip = i % 9};

		trace_writer_put(w, &r);
		if (i % EACH == EACH - 1)
			trace_writer_flush(w);
	}
	CHECK(trace_writer_close(w, NULL, 0, &e) == 0);
	file = fopen(path, "re");
	size = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	for (unsigned i = 0; i < FRAMES + 2; i++)
		at[i + 1] = at[i] + BLOCK_HEADER + bytes_get32(whole + at[i] + 20);
	CHECK_EQ(at[FRAMES + 2] + BLOCK_TRAILER, size);
}

/* Blocks by letter: h, 1, 2, 3, e, t; X flips a bit of the last one's payload, x of its header. */
static size_t make(const char *blocks)
{
	static const char letters[] = "h123et";
	size_t n = 0, last = 0;

	for (; *blocks; blocks++) {
		const char *letter = strchr(letters, *blocks);

		if (letter) {
			size_t i = (size_t)(letter - letters), end = i == 5 ? size : at[i + 1];

			last = n;
			memcpy(changed + n, whole + at[i], end - at[i]);
			n += end - at[i];
		} else if (*blocks == 'X') {
			changed[last + BLOCK_HEADER + 10] ^= 1;
		} else if (*blocks == 'x') {
			changed[last + 13] ^= 1;
		} else {
			changed[n++] = 0; /* a byte too many */
		}
	}
	return n;
}

static void read_back(const char *blocks, unsigned records, enum trace_read end, const char *says)
{
	FILE *file = fopen(path, "we");
	struct trace_reader *reader;
	struct trace_record r;
	struct error e = {0};
	enum trace_read got = TRACE_READ_RECORD;
	unsigned n = 0;

	fwrite(changed, 1, make(blocks), file);
	fclose(file);
	reader = trace_reader_open(path, &e);
	CHECK_AT(reader, "%s", e.text);
	while (reader && (got = trace_reader_next(reader, &r, &e)) == TRACE_READ_RECORD)
		n++;
	CHECK_EQ(n, records);
	CHECK_EQ(got, end);
	CHECK_AT(strstr(e.text, says), "\"%s\" does not say \"%s\"", e.text, says);
	if (reader)
		CHECK_EQ(trace_reader_next(reader, &r, &e), end); /* nothing more comes */
	trace_reader_close(reader);
}

static void tampered(void)
{
	static const struct {
		const char *name, *blocks;
		unsigned records;
		enum trace_read end;
		const char *says;
	} rows[] = {
		{"whole", "h123et", 300, TRACE_READ_END, ""},
		{"contents changed", "h12X3et", 100, TRACE_READ_BAD, "the contents of this frame were changed"},
		{"header changed", "h12x3et", 100, TRACE_READ_BAD, "the header of this frame was changed"},
		{"foot changed", "h123eXt", 300, TRACE_READ_BAD, "were changed"},
		{"two exchanged", "h132et", 100, TRACE_READ_BAD,
		 "frames are missing before this frame: records 100 to 199"},
		{"one removed", "h13et", 100, TRACE_READ_BAD,
		 "frames are missing before this frame: records 100 to 199"},
		{"the last removed", "h12et", 200, TRACE_READ_BAD,
		 "frames are missing before the foot: records 200 to 299"},
		{"one twice", "h1223et", 200, TRACE_READ_BAD, "this frame is out of its order"},
		{"two heads", "hh123et", 0, TRACE_READ_BAD, "the head of another trace"},
		{"no foot", "h123", 300, TRACE_READ_UNFINISHED, "it ends here, without a foot"},
		{"no trailer", "h123e", 300, TRACE_READ_UNFINISHED, "within the trailer"},
		{"more behind", "h123et0", 300, TRACE_READ_BAD, "it goes on after its end"},
		{"something between", "h1023et", 100, TRACE_READ_BAD, "no frame begins here"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		read_back(rows[i].blocks, rows[i].records, rows[i].end, rows[i].says);
	}
	check_row = "";
}

/* A frame of the same place in another trace. */
static void exchanged(void)
{
	struct block b;

	make("h123et");
	CHECK(block_get(whole + at[2], &b) == BLOCK_OK);
	b.previous ^= 1;
	block_put(&b, whole + at[2]);
	read_back("h123et", 100, TRACE_READ_BAD, "this frame was not written after the one before it");
	unlink(path);
}

static void no_traces(void)
{
	struct error e;

	CHECK(!trace_reader_open("/nowhere/trace", &e) && strstr(e.text, "No such file"));
	CHECK_EQ(e.status, STATUS_INPUT);
	CHECK(!trace_reader_open("/dev/null", &e) && strstr(e.text, "no trace, or one cut off in its head"));
	CHECK(!trace_reader_open("/dev/zero", &e) && strstr(e.text, "no frame begins here"));
	CHECK(!trace_reader_open("/tmp", &e) && strstr(e.text, "directory"));
}

CHECK_MAIN(CHECK_TEST(write_whole), CHECK_TEST(tampered), CHECK_TEST(exchanged), CHECK_TEST(no_traces))
