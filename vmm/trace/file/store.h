/*
 * store.h: blocks into an output, each vouching for the one before, and where they are.
 */
#ifndef VMM_TRACE_FILE_STORE_H
#define VMM_TRACE_FILE_STORE_H

#include "vmm/trace/file/block.h"
#include "vmm/trace/file/foot.h"
#include "vmm/trace/file/output.h"

struct store {
	struct output out;
	struct index index;
	uint64_t previous; /* the hash of the last block */
	uint64_t frames;
	void *zstd; /* ZSTD_CCtx */
	uint8_t *stored;
	size_t room; /* bytes of stored */
};

/* All: 0, or -1 with *e filled. */
int store_open(struct store *s, const char *path, bool force, struct error *e);
int store_head(struct store *s, const struct trace_field *fields, unsigned count, struct error *e);
/* payload: n pieces, of b->raw bytes in all. */
int store_frame(struct store *s, struct block *b, const struct iovec *payload, unsigned n, struct error *e);

/* With the trailer. sequence: records in all. */
int store_foot(struct store *s, const struct trace_counter *counters, unsigned count, uint64_t sequence, uint64_t tsc,
	       struct error *e);
int store_close(struct store *s, struct error *e);

#endif
