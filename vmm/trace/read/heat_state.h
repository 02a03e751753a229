/*
 * heat_state.h: what heat.c counts and heat_draw.c draws.
 */
#ifndef VMM_TRACE_READ_HEAT_STATE_H
#define VMM_TRACE_READ_HEAT_STATE_H

#include "vmm/trace/read/bounded.h"
#include "vmm/trace/read/heat.h"

#define HEAT_PAGE 4096 /* bytes: within one, linear and physical addresses differ by the same */

/* a: address / grain; b: time / step, or the function's number. */
struct heat_spot {
	struct bounded_key key;
	uint64_t count;
	uint64_t gpa; /* of the first access there */
};

struct heat_function {
	struct bounded_key key; /* where it begins */
	uint64_t count;
};

/* Where a page was seen in linear memory. */
struct heat_page {
	struct bounded_key key; /* gpa / HEAT_PAGE */
	uint64_t linear; /* of its first byte, where first touched */
};

struct heat {
	enum heat_form form;
	const struct places *places;
	struct bounded spots, functions, pages;
	uint64_t grain; /* bytes */
	uint64_t step; /* cycles of one column */
	uint64_t start, end; /* time stamps */
	bool started;
};

#endif
