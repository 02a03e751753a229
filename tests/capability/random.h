/*
 * random.h: the program `random`, which runs memory instructions made from a seed, for `same`. Instruction i of a seed
 * depends on nothing but the two.
 */
#ifndef TESTS_CAPABILITY_RANDOM_H
#define TESTS_CAPABILITY_RANDOM_H

#include "guest/user/lib/child.h"

#include <stddef.h>

#define RANDOM_OBJECT CHILD_OBJECT /* two pages */
#define RANDOM_OBJECT_SIZE 0x2000u
#define RANDOM_TRACE 0x300000ull /* a page of its space, for what came of each instruction */
#define RANDOM_TRACE_SLOT 3
#define RANDOM_CHUNK 1024u /* uint32_t in the trace */

/* Commands: the order of the parent's answer. */
#define RANDOM_RUN 0x6000 /* w0 seed, w1 the first's number: RANDOM_CHUNK of them -> w0 how many touched the object */
#define RANDOM_SHOW 0x6001 /* w0 seed, w1 number -> w0 w1: its bytes */

/* One of so many touches the object; the others, as many pages of the program's own. */
#define RANDOM_ORDINARY 32u

#define RANDOM_CODE_MAX 16u

struct random_state {
	uint64_t gpr[16], flags;
	uint8_t xmm[4][16];
};

struct random_instruction {
	uint8_t code[RANDOM_CODE_MAX], size;
	bool object; /* it touches the object */
	uint64_t undefined; /* status flags that it leaves undefined */
	struct random_state before;
};

_Static_assert(offsetof(struct random_state, xmm) == 136, "random.c has this offset");

/* Memory of `home`, as many bytes as the object, is what the others touch. code_at: where it will stand. */
void random_make(uint64_t seed, uint64_t number, uint64_t home, uint64_t code_at, struct random_instruction *out);

#endif
