/*
 * truth.h: a program whose accesses to one buffer are told twice: by lodestore, as a guest, and by valgrind's
 * lackey, as a Linux program.
 *
 * The same object file is linked with start-guest.S and with start-linux.S, at the same addresses.
 * It calls nothing and knows no system.
 */
#ifndef TESTS_TRUTH_TRUTH_H
#define TESTS_TRUTH_TRUTH_H

#include <stddef.h>
#include <stdint.h>

/* The work is 2 to this power of times what is compared in detail: to be timed. */
#ifndef TRUTH_SCALE
#define TRUTH_SCALE 0
#endif

#define BUFFER_SIZE (0x4000 << TRUTH_SCALE)

/* At the same address in both; zeros at first. */
extern uint8_t buffer[BUFFER_SIZE];

/* The work, on the buffer. 0: its result is right. Both programs end with it as their status. */
int work(void);

/* A sequence of numbers that look random (Marsaglia, "Xorshift RNGs"); *state is not 0. */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
