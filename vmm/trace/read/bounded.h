/*
 * bounded.h: a hash table of rows of one size, found by two numbers, that does not grow beyond a limit.
 */
#ifndef VMM_TRACE_READ_BOUNDED_H
#define VMM_TRACE_READ_BOUNDED_H

#include <stddef.h>
#include <stdint.h>

/* Each row begins with this. */
struct bounded_key {
	uint64_t a, b;
};

/* The tag is of the key's hash: a row that is another one's is rarely looked at. */
struct bounded_slot {
	uint32_t index; /* 1 + that of a row, or 0 */
	uint32_t tag;
};

struct bounded {
	size_t row_size, limit; /* bytes, rows */
	size_t count, room; /* rows */
	size_t last; /* the row that was asked for last */
	uint8_t *rows; /* in the order in which they came */
	struct bounded_slot *slots; /* twice as many as there is room for rows */
	uint64_t spilled; /* asked for a new row when there was no room */
};

/* Allocates nothing yet. limit: at most 2^30. */
void bounded_init(struct bounded *t, size_t row_size, size_t limit);
void bounded_free(struct bounded *t);

/* The row; a new one is zeros but for its key. NULL: beyond the limit, or no memory. It holds until the next call. */
void *bounded_at(struct bounded *t, uint64_t a, uint64_t b);

/* NULL where there is none. */
void *bounded_find(const struct bounded *t, uint64_t a, uint64_t b);

/* Row i of count. */
void *bounded_row_at(const struct bounded *t, size_t i);

/* 1 + the row's index, for those who keep numbers and not pointers. */
uint32_t bounded_index(const struct bounded *t, const void *row);

/*
 * Indices of the n rows with the highest score, best first, into best[]; rows that score 0 are left out.
 * Of equal ones, what came first. Returns how many.
 */
size_t bounded_best(const struct bounded *t, uint64_t (*score)(const void *row), size_t n, uint32_t *best);

#endif
