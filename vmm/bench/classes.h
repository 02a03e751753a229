/*
 * classes.h: one instruction of each class, carried out again and again by the rig.
 *
 * Its operand is on a page of the memory keeper; its vector state, where it has
 * any, is taken as fetched.
 */
#ifndef VMM_BENCH_CLASSES_H
#define VMM_BENCH_CLASSES_H

#include "vmm/bench/rig.h"

struct class
{
	const char *name;
	const char *key; /* in JSON, and on the command line */
	uint8_t code[12];
	uint8_t code_size;
	unsigned goal_ns;
	uint64_t features; /* components of the vector state that it needs: XSTATE_* */
	uint64_t rsi, rdi, rcx;
	bool masked; /* by YMM2, which it clears: set again before each time */
};

#define CLASSES 12

extern const struct class classes[CLASSES];

/* The index of the class with this key, or -1. */
int class_find(const char *key);

/* Can this CPU run it at all? */
bool class_fits(const struct class *class, const struct rig *rig);

/*
 * Carry it out `times` times. A repeated instruction is carried out to its end each time, element by
 * element where that is how it goes. False if it is not carried out.
 */
bool class_run(const struct class *class, struct rig *rig, unsigned times);

/* Bytes that one time moves, if it is a repeated instruction; else 0. */
uint64_t class_bytes(const struct class *class);

#endif
