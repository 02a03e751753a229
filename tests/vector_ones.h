/*
 * vector_ones.h: a vector state with every vector register all ones, so that every
 * sign bit is set and every index is -1, and mask registers as wanted. Its layout
 * is a fixed one, so that tests do not depend on the host's.
 */
#ifndef TESTS_VECTOR_ONES_H
#define TESTS_VECTOR_ONES_H

#include "decoder/vector.h"

#include <string.h>

static inline void vector_ones(struct vector_state *vector)
{
	static const uint64_t present = XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512;
	static const struct vector_layout layout = {
		.offset = {0, 160, 576, 0, 0, 1088, 1152, 1664},
		.size = {160, 256, 256, 0, 0, 64, 512, 1024},
	};

	memset(vector->area, 0xff, sizeof(vector->area));
	memset(vector->area, 0, 32); /* x87 control: TOP is 0 */
	memset(vector->area + 512, 0, 64);
	memcpy(vector->area + 512, &present, sizeof(present));
	vector->features = present;
	vector->layout = layout;
}

static inline void vector_set_mask(struct vector_state *vector, unsigned reg, uint64_t value)
{
	memcpy(vector->area + vector->layout.offset[5] + 8 * reg, &value, sizeof(value));
}

static inline void vector_set_register(struct vector_state *vector, unsigned reg, const uint8_t bytes[64])
{
	if (reg >= 16) {
		memcpy(vector->area + vector->layout.offset[7] + 64 * (reg - 16), bytes, 64);
		return;
	}
	memcpy(vector->area + vector->layout.offset[1] + 16 * reg, bytes, 16);
	memcpy(vector->area + vector->layout.offset[2] + 16 * reg, bytes + 16, 16);
	memcpy(vector->area + vector->layout.offset[6] + 32 * reg, bytes + 32, 32);
}

#endif
