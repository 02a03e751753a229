/*
 * memref.h: every memory access of an instruction, explicit and implicit.
 *
 * Given the registers, it enumerates the linear addresses the instruction
 * touches, in the order in which the architecture checks them. It translates
 * nothing and faults nothing: canonical and limit checks, and page walks, are
 * the next stage's.
 */
#ifndef DECODER_MEMREF_H
#define DECODER_MEMREF_H

#include "decoder/insn.h"
#include "decoder/vector.h"

enum memref_role {
	MEMREF_OPERAND, /* the explicit operand */
	MEMREF_STACK, /* push, pop, call, ret, leave, enter */
	MEMREF_STRING_SRC, /* [seg:rsi] */
	MEMREF_STRING_DST, /* [es:rdi] */
	MEMREF_COPY_DST, /* movdir64b: [es:reg], 64 bytes */
	MEMREF_IMPLICIT, /* never from memrefs_of(): instruction bytes, page tables, descriptors, an event's stack */
};

struct memref {
	enum memref_role role;
	enum mem_use use; /* never MEM_NONE */
	enum segment seg; /* #SS for SEG_SS, #GP otherwise */
	uint64_t ea; /* effective address within the segment, wrapped to its address size */
	gva_t gva; /* ea + segment base, wrapped to 32 bits outside 64-bit mode */
	uint8_t size; /* bytes, 1..64 */
	uint16_t at; /* MEMREF_OPERAND: its first byte within the instruction's operand, which may be larger or have
			gaps */
	bool locked;
};

/* XSAVE areas of 2,696 bytes in pieces of 64 are the most. */
#define MEMREF_MAX 64

/*
 * Fill refs[] with what insn touches when executed with regs (and vector, which may
 * be NULL unless insn->flags has INSN_MASKED); for a string
 * instruction, one element (none if REP and the count is 0). Returns how many,
 * 0..MEMREF_MAX. pop [rsp+x] is addressed with the incremented stack pointer,
 * bt [m],r with the register's bit offset applied.
 */
unsigned memrefs_of(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
		    struct memref refs[MEMREF_MAX]);

/* maskmovq, maskmovdqu: the operand as a whole, which the CPU checks whatever the mask. */
struct memref memref_maskmov(const struct insn *insn, const struct regs *regs);

/* The effective address that insn's memory operand spells, within its segment and wrapped to the address size. */
uint64_t memref_address(const struct insn *insn, const struct regs *regs);

#endif
