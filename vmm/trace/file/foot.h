/*
 * foot.h: the payloads of a trace's head and of its foot: named fields; named counters and the index.
 */
#ifndef VMM_TRACE_FILE_FOOT_H
#define VMM_TRACE_FILE_FOOT_H

#include "vmm/trace/record.h"

#include <stddef.h>

#define FOOT_INDEX_MAX 65536 /* entries: beyond, every second one goes */
#define FOOT_FIELDS_MAX 1024 /* fields of a head, counters of a foot */

#define FOOT_ENTRY_MAX 38 /* bytes of an entry in a foot */

/* Where a frame is. Not every frame of a long trace has an entry. */
struct index_entry {
	uint64_t offset; /* bytes from the file's beginning */
	uint64_t sequence, tsc; /* of its first record */
	uint64_t hash; /* of its header */
};

struct index {
	struct index_entry *entries;
	unsigned count;
	unsigned step, skipped; /* one in step frames gets an entry */
};

/* 0, or -1: no memory. */
int index_init(struct index *index);
void index_free(struct index *index);
void index_add(struct index *index, const struct index_entry *entry);

/* The entry with the highest sequence that is not above this one; NULL: none. */
const struct index_entry *index_find(const struct index *index, uint64_t sequence);

/* The payload in memory of its own, *size bytes; NULL: no memory, or more fields than FOOT_FIELDS_MAX. */
uint8_t *head_payload(const struct trace_field *fields, unsigned count, size_t *size);
uint8_t *foot_payload(const struct trace_counter *counters, unsigned count, const struct index *index, size_t *size);

/* What a payload says. Names and values are in memory of its own, freed by named_free(). */
struct named {
	struct trace_field *fields; /* of a head */
	struct trace_counter *counters; /* of a foot */
	unsigned count;
	char *text;
};

/* NULL and all filled; or what is wrong, and nothing is filled. */
const char *head_read(const uint8_t *payload, size_t size, struct named *head);
const char *foot_read(const uint8_t *payload, size_t size, struct named *foot, struct index *index);
void named_free(struct named *named);

#endif
