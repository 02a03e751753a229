/*
 * result.h: a file that gets its name when it is whole.
 *
 * It is written beside its place under a name of its own. What is no regular file (a pipe, a device)
 * is written as it is, and so is standard output: "-".
 */
#ifndef VMM_TRACE_EXPORT_RESULT_H
#define VMM_TRACE_EXPORT_RESULT_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdio.h>

struct result {
	FILE *out; /* to write to, or NULL after result_close_stream() */
	const char *name; /* as the user said it */
	char *path; /* of the file being written: beside its place, or the place itself */
	bool beside; /* it is still to get its name, or to be removed */
	bool force;
};

/* 0 with *out filled; or -1 with *e filled: it exists and may not be replaced, or cannot be made. path must live as
 * long. */
int result_open(struct result *out, const char *path, bool force, struct error *e);

/* For who writes r->path by other means. */
void result_close_stream(struct result *r);

/* Has writing failed so far? 0, or -1 with *e filled. */
int result_check(const struct result *r, struct error *e);

/* Write what is left and give the file its name. 0, or -1 with *e filled; then there is none. Frees r in both cases. */
int result_finish(struct result *r, struct error *e);

/* Away with it. */
void result_drop(struct result *r);

#endif
