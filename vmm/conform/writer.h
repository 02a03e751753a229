/*
 * writer.h: instructions of a random program, spelled byte by byte.
 *
 * Operands in memory are [rbx+place] and [rbp+place] with a 4-byte displacement; registers are
 * any but RBX, RBP, RSP and R15, which have their meaning in a program (program.h).
 */
#ifndef VMM_CONFORM_WRITER_H
#define VMM_CONFORM_WRITER_H

#include "decoder/regs.h"
#include "vmm/conform/program.h"
#include "vmm/conform/random.h"

#include <stdbool.h>

#define REX 0x40
#define REX_W 8
#define REX_R 4
#define REX_B 1

struct writer {
	struct program *p;
	struct random random;
	unsigned depth; /* of statements within statements */
};

/* How one instruction is spelled; map: 0 none, 1: 0F, 2: 0F 38. */
struct form {
	unsigned prefix, map, opcode, size; /* size: 1, 2, 4, 8 for integers; 0: neither 66 nor REX.W follow from it */
	bool lock;
};

void writer_byte(struct writer *w, unsigned byte);
void writer_number(struct writer *w, uint64_t value, unsigned size);

/* True once in so many times. */
bool writer_maybe(struct writer *w, unsigned one_in);

unsigned writer_gpr(struct writer *w);
/* Mostly few places, so that they meet; at times across the page's end. */
unsigned writer_place(struct writer *w);
/* 1, 2, 4 or 8 */
unsigned writer_size(struct writer *w);
/* A size, and with it the opcode of the byte form or the next one. */
struct form writer_sized(struct writer *w, unsigned map, unsigned opcode);

/* Prefixes and opcode alone; or the whole, on memory, on a register, or on one of the two; no immediate. */
void writer_opcode(struct writer *w, const struct form *f, unsigned reg, unsigned rm);
void writer_on_memory(struct writer *w, const struct form *f, unsigned reg);
void writer_on_register(struct writer *w, const struct form *f, unsigned reg, unsigned rm);
void writer_on_either(struct writer *w, const struct form *f, unsigned reg);

#endif
