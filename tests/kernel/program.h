/*
 * program.h: random programs, and the shortest part of one that still fails.
 *
 * A program is a list of operations; what an operation does depends on its numbers and on what came
 * before it only, so any part of a program is a program. KERNEL_OPERATIONS and KERNEL_SEED in the
 * environment make it longer, or repeat one.
 */
#ifndef TESTS_KERNEL_PROGRAM_H
#define TESTS_KERNEL_PROGRAM_H

#include "tests/check.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define PROGRAM_LENGTH 400

struct operation {
	uint8_t kind, a, b, c;
	uint32_t x;
};

struct program {
	unsigned length;
	struct operation operation[PROGRAM_LENGTH];
};

/* Runs it on a fresh kernel and a fresh model. NULL, or what differed (static). */
typedef const char *(*program_run)(const struct program *program);

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled". */
static inline uint64_t program_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static inline void program_make(struct program *program, uint64_t seed, unsigned kinds)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;

	program->length = PROGRAM_LENGTH;
	for (unsigned i = 0; i < PROGRAM_LENGTH; i++) {
		uint64_t bits = program_random(&state);

		program->operation[i] = (struct operation){.kind = (uint8_t)(bits % kinds),
							   .a = (uint8_t)(bits >> 8),
							   .b = (uint8_t)(bits >> 16),
							   .c = (uint8_t)(bits >> 24),
							   .x = (uint32_t)(bits >> 32)};
	}
}

/* Leaves out ever smaller pieces as long as it fails without them. */
static inline const char *program_minimize(struct program *program, program_run run)
{
	static char why[200];

	snprintf(why, sizeof(why), "%s", run(program));

	for (unsigned piece = program->length / 2; piece; piece = piece == 1 ? 0 : (piece + 1) / 2) {
		for (unsigned at = 0; at + piece <= program->length;) {
			struct program less = *program;
			const char *still;

			less.length -= piece;
			memmove(&less.operation[at], &less.operation[at + piece],
				(less.length - at) * sizeof(less.operation[0]));
			still = run(&less);
			if (still) {
				*program = less;
				snprintf(why, sizeof(why), "%s", still);
			} else {
				at += piece;
			}
		}
	}
	return why;
}

static inline uint64_t program_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* So many operations, and one failing program at most, minimized. */
static inline void program_check(program_run run, unsigned kinds, const char *const *names, uint64_t operations)
{
	uint64_t seed = program_number("KERNEL_SEED", 1);
	uint64_t programs = (program_number("KERNEL_OPERATIONS", operations) + PROGRAM_LENGTH - 1) / PROGRAM_LENGTH;

	printf("seeds %" PRIu64 " to %" PRIu64 ", %u operations each\n", seed, seed + programs - 1, PROGRAM_LENGTH);
	for (uint64_t i = 0; i < programs; i++) {
		static struct program program;
		const char *why;

		program_make(&program, seed + i, kinds);
		if (!run(&program))
			continue;
		why = program_minimize(&program, run);
		CHECK_AT(false, "KERNEL_SEED=%" PRIu64 ": %s; minimized:", seed + i, why);
		for (unsigned at = 0; at < program.length; at++) {
			const struct operation *o = &program.operation[at];

			fprintf(stderr, "\t%s a=%u b=%u c=%u x=0x%x\n", names[o->kind], o->a, o->b, o->c, o->x);
		}
		return;
	}
}

#endif
