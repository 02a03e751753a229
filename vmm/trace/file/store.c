#include "vmm/trace/file/store.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL 1
#define WORTH 512 /* bytes from which on a payload is compressed */

int store_open(struct store *s, const char *path, bool force, struct error *e)
{
	*s = (struct store){.out = {.fd = -1}};
	s->zstd = ZSTD_createCCtx();
	if (!s->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
	    index_init(&s->index) < 0) {
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

/* Each piece in blocks of its own, since each is of a kind of its own. The size; 0: not to be had, or not worth it. */
static size_t compress(struct store *s, const struct block *b, const struct iovec *pieces, unsigned n)
{
	ZSTD_outBuffer out = {.dst = s->stored, .size = s->room};

	if (b->raw < WORTH)
		return 0;
	ZSTD_CCtx_reset(s->zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(s->zstd, b->raw);
	for (unsigned i = 0; i < n; i++) {
		ZSTD_inBuffer in = {.src = pieces[i].iov_base, .size = pieces[i].iov_len};

		if (ZSTD_compressStream2(s->zstd, &out, &in, i + 1 < n ? ZSTD_e_flush : ZSTD_e_end) != 0)
			return 0; /* an error, or no room */
	}
	return out.pos < b->raw ? out.pos : 0;
}

/* The payload into s->stored: b->stored bytes. -1: no memory. */
static int store_payload(struct store *s, struct block *b, const struct iovec *pieces, unsigned n)
{
	size_t room = ZSTD_compressBound(b->raw), at = 0;

	if (room > s->room) {
		uint8_t *larger = realloc(s->stored, room);

		if (!larger)
			return -1;
		s->stored = larger;
		s->room = room;
	}
	b->stored = b->kind == BLOCK_FRAME ? (uint32_t)compress(s, b, pieces, n) : 0;
	b->compressed = b->stored > 0;
	if (b->compressed)
		return 0;
	b->stored = b->raw;
	for (unsigned i = 0; i < n; at += pieces[i++].iov_len)
		memcpy(s->stored + at, pieces[i].iov_base, pieces[i].iov_len);
	return 0;
}

/* At the end there has to be place for a foot: its index grows; a hundred counters or two go into the rest. */
static uint64_t foot_room(const struct store *s)
{
	return 8192 + (s->index.count + 1) * (uint64_t)FOOT_ENTRY_MAX;
}

static int put(struct store *s, struct block *b, const struct iovec *payload, unsigned n, struct error *e)
{
	struct index_entry entry = {.offset = s->out.bytes, .sequence = b->sequence, .tsc = b->tsc};
	uint8_t header[BLOCK_HEADER], trailer[BLOCK_TRAILER];
	struct iovec pieces[3] = {{.iov_base = header, .iov_len = sizeof(header)}};

	if (store_payload(s, b, payload, n) < 0)
		return error_set(e, STATUS_HOST, "trace %s: no memory", s->out.path);
	pieces[1] = (struct iovec){.iov_base = s->stored, .iov_len = b->stored};
	b->previous = s->previous;
	b->payload_hash = block_hash(s->stored, b->stored);
	block_put(b, header);
	block_put_trailer(entry.offset, trailer);
	pieces[2] = (struct iovec){.iov_base = trailer, .iov_len = b->kind == BLOCK_FOOT ? sizeof(trailer) : 0};
	if (output_write(&s->out, pieces, 3, b->kind == BLOCK_FOOT ? 0 : foot_room(s), e) < 0)
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
	err = put(s, b, &(struct iovec){.iov_base = payload, .iov_len = size}, 1, e);
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

int store_frame(struct store *s, struct block *b, const struct iovec *payload, unsigned n, struct error *e)
{
	return put(s, b, payload, n, e);
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
