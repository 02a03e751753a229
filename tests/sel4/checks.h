/*
 * checks.h: what a program does to memory, and what came of it. Each does the same to any memory.
 */
#ifndef TESTS_SEL4_CHECKS_H
#define TESTS_SEL4_CHECKS_H

#include <stdint.h>

#define CHECK_BYTES 256u /* of the memory that a check touches; they are the same before each */

struct check {
	const char *name;
	uint64_t (*run)(uint8_t *memory); /* a number that depends on all that it was given */
};

extern const struct check checks[];
extern const unsigned nchecks;

#endif
