/*
 * reader_fuzz.c: any bytes as a trace: as the file, as what a frame or the foot holds, and as changes to what a
 * right frame holds, with right checksums.
 *
 * Whatever it is, reading ends, and what is read are records.
 */
#include "vmm/trace/file/reader.h"

#include "tests/fuzz_patch.h"
#include "tests/trace_sample.h"
#include "vmm/trace/file/block.h"
#include "vmm/trace/file/bytes.h"
#include "vmm/trace/file/encode.h"
#include "vmm/trace/file/foot.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SAMPLES 400

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int fd = -1;
static char path[64];
static uint8_t right[65536]; /* what a right frame holds */
static uint32_t right_size;

static void make_right(void)
{
	static uint8_t bytes[TRACE_BYTES_MAX];
	static char text[TRACE_BYTES_MAX];
	struct sample_random random = {1};
	struct names names;
	struct trace_encoder *c;
	static _Alignas(8) uint8_t room[PACKED_MAX];
	struct packed *p = (struct packed *)room;
	struct iovec pieces[TRACE_PIECES];

	names_init(&names);
	c = trace_encoder_new(&names, 7);
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct trace_record r;
		uint32_t text_size;

		sample_any(&random, &r, text, bytes);
		r.nbytes = r.nbytes > 64 ? 64 : r.nbytes;
		r.rip = i % 16;
		r.code_size = 0;
		r.linear &= 0xfff8;
		r.gpa = r.flags & TRACE_PHYSICAL ? 0 : r.linear;
		r.size = (uint8_t)(1 << i % 6);
		text_size = r.text ? (uint32_t)strlen(r.text) + 1 : 0;
		packed_fill(p, &r, packed_length(&r, text_size, r.nbytes),
			    r.keeper ? (uint16_t)names_of(&names, r.keeper) : 0, text_size, r.nbytes);
		trace_encoder_put(c, p);
	}
	right_size = trace_encoder_payload(c, pieces);
	if (sample_join(pieces, TRACE_PIECES, right, sizeof(right)) != right_size)
		abort();
	trace_encoder_free(c);
	names_free(&names);
}

static void start(void)
{
	fd = memfd_create("trace", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	make_right();
}

static void append(const void *bytes, size_t size)
{
	if (write(fd, bytes, size) != (ssize_t)size)
		abort();
}

static void append_block(struct block *b, uint64_t *previous, const uint8_t *payload, size_t size)
{
	uint8_t header[BLOCK_HEADER];

	b->raw = b->stored = (uint32_t)size;
	b->payload_hash = block_hash(payload, size);
	b->previous = *previous;
	block_put(b, header);
	*previous = b->hash;
	append(header, sizeof(header));
	append(payload, size);
}

/* A head, two frames with this in them, a foot. foot: what it holds, or NULL. */
static void file_of(const uint8_t *payload, size_t size, uint32_t records, const uint8_t *foot, size_t foot_size)
{
	static const uint8_t head[] = {1, 1, 'a', 1, 'b'}, no_foot[] = {0, 0};
	struct block b = {.kind = BLOCK_HEAD};
	uint8_t trailer[BLOCK_TRAILER];
	uint64_t previous = 0;

	append_block(&b, &previous, head, sizeof(head));
	for (unsigned i = 0; i < 2; i++) {
		b = (struct block){.kind = BLOCK_FRAME, .records = records, .sequence = (uint64_t)i * records};
		b.time_bits = (uint8_t)(records % (BLOCK_TIME_BITS_MAX + 1));
		append_block(&b, &previous, payload, size);
	}
	block_put_trailer((uint64_t)lseek(fd, 0, SEEK_CUR), trailer);
	b = (struct block){.kind = BLOCK_FOOT, .sequence = 2ull * records};
	append_block(&b, &previous, foot ? foot : no_foot, foot ? foot_size : sizeof(no_foot));
	append(trailer, sizeof(trailer));
}

static void check(const struct trace_record *r)
{
	if (r->kind >= TRACE_KINDS || r->size > TRACE_VALUE_MAX || r->code_size > TRACE_CODE_MAX ||
	    r->nbytes > TRACE_BYTES_MAX || (r->keeper && strlen(r->keeper) > 127) ||
	    (r->text && strlen(r->text) >= TRACE_BYTES_MAX))
		abort();
}

static void read_it(size_t size)
{
	struct error e;
	struct trace_reader *reader = trace_reader_open(path, &e);
	struct trace_record r;
	struct trace_field field;
	struct trace_counter counter;
	uint64_t next = 0;

	if (!reader)
		return;
	for (unsigned i = 0; trace_reader_head(reader, i, &field); i++)
		if (strlen(field.name) + strlen(field.value) > size)
			abort();
	while (trace_reader_next(reader, &r, &e) == TRACE_READ_RECORD) {
		if (r.sequence != next++)
			abort();
		check(&r);
	}
	for (unsigned i = 0; trace_reader_foot(reader, i, &counter); i++)
		if (strlen(counter.name) > size)
			abort();
	if (trace_reader_seek(reader, next / 2, &e) == 0 && trace_reader_next(reader, &r, &e) == TRACE_READ_RECORD &&
	    r.sequence < next / 2)
		abort();
	trace_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t mode = size ? bytes[0] % 4 : 0;

	if (fd < 0)
		start();
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	if (mode == 0 || size < 4) {
		append(bytes, size);
	} else if (mode == 1) {
		uint32_t records = (uint32_t)(bytes[1] | bytes[2] << 8) + 1;

		file_of(bytes + 3, size - 3, records < size - 3 ? records : (uint32_t)size - 3, NULL, 0);
	} else if (mode == 2) {
		static uint8_t changed[sizeof(right)];

		memcpy(changed, right, right_size);
		fuzz_patch(changed, right_size, bytes + 1, size - 1);
		file_of(changed, right_size, SAMPLES, NULL, 0);
	} else {
		file_of(right, right_size, SAMPLES, bytes + 1, size - 1);
	}
	read_it((size_t)lseek(fd, 0, SEEK_CUR));
	return 0;
}
