/*
 * needs_rows.h: opcodes and the CPUID features they belong to.
 *
 * The first row that matches counts; an opcode in none needs what its encoding
 * needs. Source: Intel SDM Vol 2, "CPUID Feature Flag" of each instruction.
 */
#ifndef VMM_EXECUTE_NEEDS_ROWS_H
#define VMM_EXECUTE_NEEDS_ROWS_H

#include "decoder/insn.h"

#define NEEDS_W_ANY 0
#define NEEDS_W_0 1
#define NEEDS_W_1 2

struct needs_row {
	enum encoding encoding;
	enum opcode_map map;
	uint8_t prefixes; /* 1 << enum opcode_prefix, any of these */
	uint8_t first, last; /* opcodes */
	uint8_t w;
	uint8_t len_min; /* vector length in bytes at least; 0: any */
	bool vector; /* only forms with INSN_VECTOR */
	bool mmx; /* without prefix it works on MMX registers */
	uint64_t features; /* bits by enum feature */
};

extern const struct needs_row needs_rows[];
extern const unsigned needs_row_count;

#endif
