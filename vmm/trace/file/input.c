#include "vmm/trace/file/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

int input_open(struct input *in, const char *path, struct error *e)
{
	struct stat st;

	*in = (struct input){.fd = STDIN_FILENO};
	if (strcmp(path, "-") != 0) {
		in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		in->own = true;
	}
	if (in->fd < 0 || fstat(in->fd, &st) < 0) {
		error_set(e, STATUS_INPUT, "trace %s: %s", path, strerror(errno));
		input_close(in);
		return -1;
	}
	in->seekable = in->own && S_ISREG(st.st_mode);
	in->size = in->seekable ? (uint64_t)st.st_size : 0;
	in->zstd = ZSTD_createDCtx();
	if (!in->zstd) {
		error_set(e, STATUS_HOST, "trace %s: no memory", path);
		input_close(in);
		return -1;
	}
	return 0;
}

void input_close(struct input *in)
{
	if (in->own && in->fd >= 0)
		close(in->fd);
	ZSTD_freeDCtx(in->zstd);
	free(in->stored);
	free(in->raw);
	*in = (struct input){.fd = -1};
}

int input_seek(struct input *in, uint64_t at, struct error *e)
{
	if (at > INT64_MAX || lseek(in->fd, (off_t)at, SEEK_SET) < 0)
		return error_set(e, STATUS_INPUT, "byte %" PRIu64 ": cannot be sought: %s", at, strerror(errno));
	in->at = at;
	return 0;
}

int64_t input_read(struct input *in, void *to, size_t n, struct error *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read(in->fd, (uint8_t *)to + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e, STATUS_INPUT, "byte %" PRIu64 ": cannot be read: %s", in->at + done,
					 strerror(errno));
		if (!got)
			break;
		done += (size_t)got;
	}
	in->at += done;
	return (int64_t)done;
}

static enum trace_read bad(uint64_t at, const char *what, struct error *e)
{
	error_set(e, STATUS_INPUT, "byte %" PRIu64 ": %s", at, what);
	return TRACE_READ_BAD;
}

static enum trace_read judge_header(enum block_status status, uint64_t at, struct error *e)
{
	switch (status) {
	case BLOCK_OK:
		return TRACE_READ_RECORD;
	case BLOCK_NO_MAGIC:
		return bad(at, "no frame begins here", e);
	case BLOCK_OTHER_VERSION:
		return bad(at, "a frame of another version of the format", e);
	case BLOCK_WRONG_HASH:
		return bad(at, "the header of this frame was changed: its checksum is wrong", e);
	case BLOCK_NO_SENSE:
		return bad(at, "the header of this frame has sizes that cannot be", e);
	}
	return TRACE_READ_BAD;
}

enum trace_read input_header(struct input *in, struct block *b, struct error *e)
{
	uint8_t header[BLOCK_HEADER];
	uint64_t at = in->at;
	int64_t got = input_read(in, header, sizeof(header), e);

	if (got < 0)
		return TRACE_READ_BAD;
	if (got == BLOCK_HEADER)
		return judge_header(block_get(header, b), at, e);
	if (!block_begins(header, (uint64_t)got))
		return bad(at, "no frame begins here", e);
	error_set(e, STATUS_INPUT, "byte %" PRIu64 ": it ends here%s, without a foot", at,
		  got ? " in the header of an unfinished frame" : "");
	return TRACE_READ_UNFINISHED;
}

static bool room(uint8_t **bytes, size_t *have, size_t want)
{
	uint8_t *larger;

	if (want <= *have)
		return true;
	larger = realloc(*bytes, want);
	if (!larger)
		return false;
	*bytes = larger;
	*have = want;
	return true;
}

static enum trace_read cut_short(uint64_t at, uint64_t got, const struct block *b, struct error *e)
{
	error_set(e, STATUS_INPUT,
		  "byte %" PRIu64 ": it ends in an unfinished frame (%" PRIu64 " of its %u bytes), without a foot",
		  at - BLOCK_HEADER, got + BLOCK_HEADER, b->stored + BLOCK_HEADER);
	return TRACE_READ_UNFINISHED;
}

enum trace_read input_payload(struct input *in, const struct block *b, struct error *e)
{
	uint64_t at = in->at;
	int64_t got;

	/* one byte at least, so that neither is NULL */
	if (!room(&in->stored, &in->stored_room, (size_t)b->stored + 1) ||
	    !room(&in->raw, &in->raw_room, (size_t)b->raw + 1))
		return bad(at, "no memory for this frame", e);
	got = input_read(in, b->compressed ? in->stored : in->raw, b->stored, e);
	if (got < 0)
		return TRACE_READ_BAD;
	if (got < b->stored)
		return cut_short(at, (uint64_t)got, b, e);
	if (block_hash(b->compressed ? in->stored : in->raw, b->stored) != b->payload_hash)
		return bad(at, "the contents of this frame were changed: their checksum is wrong", e);
	if (b->compressed && ZSTD_decompressDCtx(in->zstd, in->raw, b->raw, in->stored, b->stored) != b->raw)
		return bad(at, "the contents of this frame cannot be decompressed", e);
	return TRACE_READ_RECORD;
}

enum trace_read input_skip(struct input *in, const struct block *b, struct error *e)
{
	uint64_t left = in->size > in->at ? in->size - in->at : 0;

	if (b->stored > left)
		return cut_short(in->at, left, b, e);
	return input_seek(in, in->at + b->stored, e) < 0 ? TRACE_READ_BAD : TRACE_READ_RECORD;
}
