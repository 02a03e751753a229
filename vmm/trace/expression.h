/*
 * expression.h: a condition over the numbers of one record, as a user writes it.
 *
 * The operators of C with its precedence: ! ~ - * / % + - << >> < <= > >= == != & ^ | && || and
 * parentheses, over unsigned numbers of 64 bits (vmm/number.h) and the names of enum
 * expression_name. It is compiled once, into a program of bounded size, and asked often.
 */
#ifndef VMM_TRACE_EXPRESSION_H
#define VMM_TRACE_EXPRESSION_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdint.h>

/* "old", "new", "size", "gpa", "linear", "rip", "cpl" */
enum expression_name {
	EXPRESSION_OLD,
	EXPRESSION_NEW,
	EXPRESSION_SIZE,
	EXPRESSION_GPA,
	EXPRESSION_LINEAR,
	EXPRESSION_RIP,
	EXPRESSION_CPL,
	EXPRESSION_NAMES,
};

/* What a name stands for, or what an expression comes to. */
struct expression_value {
	bool known;
	uint64_t number; /* 0 where it is not known */
};

#define EXPRESSION_STEPS 256 /* numbers, names and operators */
#define EXPRESSION_DEPTH 64 /* parentheses and signs within each other, and values that wait for an operator */

struct expression_step {
	uint8_t what; /* of expression.c */
	uint64_t number;
};

struct expression {
	unsigned count;
	struct expression_step steps[EXPRESSION_STEPS]; /* operands before their operator */
};

/* 0, or -1 with *e (STATUS_USAGE) naming the column, counted from 1, and what is wrong there; *out is then untouched.
 */
int expression_compile(const char *text, struct expression *out, struct error *e);

/*
 * Comparisons and logic come to 0 or 1. What is not known makes what is computed of it unknown, except where
 * the rest decides alone (0 && x, 1 || x); so does a division by 0. A shift by 64 or more leaves 0.
 */
struct expression_value expression_ask(const struct expression *x,
				       const struct expression_value names[EXPRESSION_NAMES]);

#endif
