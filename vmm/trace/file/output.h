/*
 * output.h: where a trace goes: a new file, a pipe, or nowhere; whole blocks, or nothing of them.
 */
#ifndef VMM_TRACE_FILE_OUTPUT_H
#define VMM_TRACE_FILE_OUTPUT_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

struct output {
	int fd; /* -1: nowhere */
	bool own; /* it is ours to close */
	bool regular; /* what was written in part can be taken back */
	const char *path;
	uint64_t bytes; /* written, in whole blocks */
};

/*
 * path "-": standard output; "none": nowhere. A file that exists is refused, or, by force, removed first;
 * a pipe or a device is written to as it is. 0, or -1 with *e filled. The path must stay.
 */
int output_open(struct output *out, const char *path, bool force, struct error *e);

/*
 * All n pieces, which may be changed, or -1 with *e filled: then nothing of them is in the file, if it is a regular
 * one. So it is if the disk had no place for beyond more bytes after them, where the file system can tell.
 */
int output_write(struct output *out, struct iovec *pieces, int n, uint64_t beyond, struct error *e);

/* 0, or -1 with *e filled: what was written could not be kept. */
int output_close(struct output *out, struct error *e);

#endif
