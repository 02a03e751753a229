/*
 * replay.h: a trace answers for the memory that it was recorded of.
 *
 * A load gets the value that it got then; of each access is looked whether it is the one that comes next: the
 * same instruction, address, size and direction, and the same value stored. At the first that is not, the guest is
 * stopped. One thread at a time.
 */
#ifndef VMM_TRACE_REPLAY_H
#define VMM_TRACE_REPLAY_H

#include "capmodel/keeper.h"
#include "vmm/error.h"

#include <stdio.h>

struct replay;

enum replay_end {
	REPLAY_SAME, /* all of the trace was repeated, and nothing else */
	REPLAY_DIFFERS, /* an access is another one */
	REPLAY_SHORT, /* the guest ended, and the trace goes on */
	REPLAY_MORE, /* the trace ended, and the guest goes on */
	REPLAY_CUT, /* the same, and the trace says itself that it was ended early */
	REPLAY_GAP, /* the trace says that something is not in it */
	REPLAY_BAD, /* the trace cannot be read on */
};

struct replay_range {
	uint64_t start, size; /* gpa, bytes */
	bool stores_only;
};

/* To the first access; "-" is standard input. NULL with *e filled: it cannot be read, or not be replayed. */
struct replay *replay_open(const char *path, struct error *e);
void replay_close(struct replay *r);

/* The memory it was recorded of: how many ranges, at most max of them in out. */
unsigned replay_ranges(const struct replay *r, struct replay_range *out, unsigned max);

/* A keeper of some of that memory: bytes is what is there, [start, start+size). It lives no longer than r. NULL: no
 * memory. */
struct keeper *replay_keeper(struct replay *r, uint64_t start, uint8_t *bytes, uint64_t size);

/* The guest has ended, or was stopped. */
enum replay_end replay_end(struct replay *r);

/* How it ended, after replay_end(): lines for people, each after "lodestore: " or a tab. */
void replay_report(const struct replay *r, FILE *out);

/* Accesses that were repeated. */
uint64_t replay_count(const struct replay *r);

#endif
