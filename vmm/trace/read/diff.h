/*
 * diff.h: how two traces differ in what was accessed. Time, sequence and markers do not count.
 */
#ifndef VMM_TRACE_READ_DIFF_H
#define VMM_TRACE_READ_DIFF_H

#include "vmm/trace/read/places.h"
#include "vmm/trace/record.h"

struct trace_diff;

/* places: names for instructions, or NULL; it lives as long. NULL: no memory. */
struct trace_diff *trace_diff_new(const struct places *places);
void trace_diff_free(struct trace_diff *d);

/*
 * The next access of each, in step; a or b is NULL where that trace has ended, never both. They are
 * the reader's, and are copied where they are kept.
 */
void trace_diff_put(struct trace_diff *d, const struct trace_record *a, const struct trace_record *b);

/* What of two accesses differs: "old 0x1 and 0x2, rip ..."; "": nothing. */
#define TRACE_DIFF_TEXT 512
void trace_diff_compare(const struct trace_record *a, const struct trace_record *b, char text[TRACE_DIFF_TEXT]);

/* The two accesses where they part, and how often what was done by one and not by the other. True: they are equal. */
bool trace_diff_print(const struct trace_diff *d, unsigned top, FILE *out);

/* Are they equal so far? If not: what differs first, at which access of both, counted from 0; NULL: one has ended. */
bool trace_diff_equal(const struct trace_diff *d);
uint64_t trace_diff_first(const struct trace_diff *d, const struct trace_record **a, const struct trace_record **b);

#endif
