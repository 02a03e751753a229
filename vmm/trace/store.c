#include "vmm/trace/store.h"

#include <stdlib.h>
#include <zstd.h>

#define LEVEL 1
#define WORTH 512 /* bytes from which on a payload is compressed */

int store_open(struct store *s, const char *path, bool force, struct error *e)
{
	*s = (struct store){.out = {.fd = -1}};
	s->zstd = ZSTD_createCCtx();
	if (!s->zstd || index_init(&s->index) < 0) {
		ZSTD_freeCCtx(s->zstd);
		return error_set(e, STATUS_HOST, "trace %s: no memory", path);
	}
	if (output_open(&s->out, path, force, e) < 0) {
		ZSTD_freeCCtx(s->zstd);
		index_free(&s->index);
		return -1;
	}
	return 0;
}

/* b->raw bytes of payload as they are, or b->stored of s->stored where they got fewer. -1: no memory. */
static int compress(struct store *s, struct block *b, const uint8_t *payload)
{
	size_t room = ZSTD_compressBound(b->raw), size;

	if (room > s->room) {
		uint8_t *larger = realloc(s->stored, room);

		if (!larger)
			return -1;
		s->stored = larger;
		s->room = room;
	}
	size = ZSTD_compressCCtx(s->zstd, s->stored, s->room, payload, b->raw, LEVEL);
	b->compressed = b->raw >= WORTH && !ZSTD_isError(size) && size < b->raw;
	b->stored = b->compressed ? (uint32_t)size : b->raw;
	return 0;
}

static int put(struct store *s, struct block *b, const uint8_t *payload, struct error *e)
{
	struct index_entry entry = {.offset = s->out.bytes, .sequence = b->sequence, .tsc = b->tsc};
	uint8_t header[BLOCK_HEADER], trailer[BLOCK_TRAILER];
	struct iovec pieces[3] = {{.iov_base = header, .iov_len = sizeof(header)}};

	if (b->kind == BLOCK_FRAME) {
		if (compress(s, b, payload) < 0)
			return error_set(e, STATUS_HOST, "trace %s: no memory", s->out.path);
	} else {
		b->stored = b->raw;
	}
	pieces[1].iov_base = b->compressed ? s->stored : (void *)(uintptr_t)payload;
	pieces[1].iov_len = b->stored;
	b->previous = s->previous;
	b->payload_hash = block_hash(pieces[1].iov_base, b->stored);
	block_put(b, header);
	block_put_trailer(entry.offset, trailer);
	pieces[2] = (struct iovec){.iov_base = trailer, .iov_len = b->kind == BLOCK_FOOT ? sizeof(trailer) : 0};
	if (output_write(&s->out, pieces, 3, e) < 0)
		return -1;
	s->previous = entry.hash = b->hash;
	if (b->kind == BLOCK_FRAME) {
		s->frames++;
		index_add(&s->index, &entry);
	}
	return 0;
}

static int put_named(struct store *s, struct block *b, uint8_t *payload, size_t size, struct error *e)
{
	int err;

	if (!payload || size > BLOCK_RAW_MAX) {
		free(payload);
		return error_set(e, STATUS_HOST, "trace %s: no memory, or too many names", s->out.path);
	}
	b->raw = (uint32_t)size;
	err = put(s, b, payload, e);
	free(payload);
	return err;
}

int store_head(struct store *s, const struct trace_field *fields, unsigned count, struct error *e)
{
	struct block b = {.kind = BLOCK_HEAD};
	size_t size = 0;
	uint8_t *payload = head_payload(fields, count, &size);

	return put_named(s, &b, payload, size, e);
}

int store_frame(struct store *s, struct block *b, const uint8_t *payload, struct error *e)
{
	return put(s, b, payload, e);
}

int store_foot(struct store *s, const struct trace_counter *counters, unsigned count, uint64_t sequence, uint64_t tsc,
	       struct error *e)
{
	struct block b = {.kind = BLOCK_FOOT, .sequence = sequence, .tsc = tsc};
	size_t size = 0;
	uint8_t *payload = foot_payload(counters, count, &s->index, &size);

	return put_named(s, &b, payload, size, e);
}

int store_close(struct store *s, struct error *e)
{
	ZSTD_freeCCtx(s->zstd);
	free(s->stored);
	index_free(&s->index);
	return output_close(&s->out, e);
}
