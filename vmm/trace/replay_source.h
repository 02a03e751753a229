/*
 * replay_source.h: the accesses of a trace, instruction by instruction.
 *
 * The records of one instruction's transaction are taken together: its loads come before its stores, whatever
 * their order in the trace.
 */
#ifndef VMM_TRACE_REPLAY_SOURCE_H
#define VMM_TRACE_REPLAY_SOURCE_H

#include "vmm/trace/file/reader.h"
#include "vmm/trace/replay.h"

#define REPLAY_GROUP_MAX 256 /* a record's part is one byte */
#define REPLAY_RANGES_MAX 64

/* What has become of a record of the group: an instruction that faults in the end has taken some for nothing. */
enum replay_use { USE_FREE, USE_TAKEN, USE_DONE };

struct replay_source {
	struct trace_reader *reader;
	unsigned nranges;
	struct replay_range ranges[REPLAY_RANGES_MAX];
	bool has_next; /* the next access, that is in no group yet */
	struct trace_record next;
	bool over; /* no more comes: why, and in words */
	enum replay_end why;
	struct error error;
	unsigned count; /* of the group */
	struct trace_record group[REPLAY_GROUP_MAX];
	enum replay_use uses[REPLAY_GROUP_MAX];
};

/* To the first access. 0, or -1 with *e filled; then it is closed. */
int replay_source_open(struct replay_source *s, const char *path, struct error *e);
void replay_source_close(struct replay_source *s);

/* A new instruction: what of the group is not done stays, and is free; if all of it is, the next one is read. */
void replay_source_turn(struct replay_source *s);

/* The first of the group that is free, or NULL: the trace is over. */
const struct trace_record *replay_source_first(const struct replay_source *s);

/* The index in the group of the first record of such an access with this use, or -1. */
int replay_source_find(const struct replay_source *s, enum replay_use use, enum access_op op, uint64_t gpa,
		       uint8_t size);

#endif
