/*
 * program.h: random programs that touch a kept page, an ordinary one and the stack, and end.
 *
 * 64-bit code for any level: integer and SSE instructions in all the usual forms, near branches,
 * inner loops, calls, strings. What they do follows from the seed alone.
 */
#ifndef VMM_CONFORM_PROGRAM_H
#define VMM_CONFORM_PROGRAM_H

#include <stdint.h>

#define PROGRAM_SIZE 8192
#define PROGRAM_AT 0x100000ull /* where its first byte is loaded and run */
#define PROGRAM_KEPT 0x200000ull /* RBX: one page, kept; the next one is ordinary */
#define PROGRAM_PLAIN 0x300000ull /* RBP: two ordinary pages */
#define PROGRAM_ROUNDS 24 /* R15: the whole of it is done so often */

struct program {
	uint8_t bytes[PROGRAM_SIZE];
	unsigned size;
};

/* It starts with RBX and RBP as above, R15 PROGRAM_ROUNDS, a stack; it ends by writing 0 to port 0xf4. */
void program_make(uint64_t seed, struct program *out);

#endif
