/*
 * input.h: bytes of a trace file or of a pipe, and blocks out of them.
 */
#ifndef VMM_TRACE_FILE_INPUT_H
#define VMM_TRACE_FILE_INPUT_H

#include "vmm/trace/file/block.h"
#include "vmm/trace/file/reader.h"

#include <stddef.h>

struct input {
	int fd;
	bool own; /* it is ours to close */
	bool seekable;
	uint64_t at; /* bytes from the beginning */
	uint64_t size; /* 0: not known */
	uint8_t *stored, *raw; /* the block's payload, as it is in the file and as it is */
	size_t stored_room, raw_room;
	void *zstd; /* ZSTD_DCtx */
};

/* path "-": standard input. 0, or -1 with *e filled. */
int input_open(struct input *in, const char *path, struct error *e);
void input_close(struct input *in);

/* 0, or -1 with *e filled. */
int input_seek(struct input *in, uint64_t at, struct error *e);

/*
 * The next block's header: TRACE_READ_RECORD with *b filled, TRACE_READ_UNFINISHED where no whole one is
 * left, or TRACE_READ_BAD. The last two fill *e.
 */
enum trace_read input_header(struct input *in, struct block *b, struct error *e);

/* Its payload, in in->raw until the next one. As above. */
enum trace_read input_payload(struct input *in, const struct block *b, struct error *e);

/* Past its payload instead. As above. */
enum trace_read input_skip(struct input *in, const struct block *b, struct error *e);

/* Up to n bytes; fewer only at the end. -1 with *e filled. */
int64_t input_read(struct input *in, void *to, size_t n, struct error *e);

#endif
