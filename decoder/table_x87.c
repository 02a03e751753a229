/*
 * table_x87.c: the rows of the x87 unit with a memory operand. The forms on
 * registers touch no memory and have none. Prefixes other than 66 before an
 * environment say nothing to them. Source: Intel SDM Vol 2, "Escape Opcode
 * Instructions".
 */
#include "decoder/table_rows.h"

#define X87(opcode_, digit_, mem_, use_, name_)                                                                        \
	{                                                                                                              \
		.name = name_, .prefix = PFX_ANY, .opcode = opcode_, .digit = digit_, .reg_form = REG_OTHER,           \
		.op_size = SIZE_MEM, .mem_size = mem_, .use = use_, .exec = EXEC_STUB, .flags = INSN_VECTOR            \
	}
/* fadd, fmul, fcom, fcomp, fsub, fsubr, fdiv, fdivr; and the same with an integer */
#define ARITHMETIC(opcode_, mem_, prefix_, suffix_)                                                                    \
	X87(opcode_, 0, mem_, MEM_READ, prefix_ "add " suffix_),                                                       \
		X87(opcode_, 1, mem_, MEM_READ, prefix_ "mul " suffix_),                                               \
		X87(opcode_, 2, mem_, MEM_READ, prefix_ "com " suffix_),                                               \
		X87(opcode_, 3, mem_, MEM_READ, prefix_ "comp " suffix_),                                              \
		X87(opcode_, 4, mem_, MEM_READ, prefix_ "sub " suffix_),                                               \
		X87(opcode_, 5, mem_, MEM_READ, prefix_ "subr " suffix_),                                              \
		X87(opcode_, 6, mem_, MEM_READ, prefix_ "div " suffix_),                                               \
		X87(opcode_, 7, mem_, MEM_READ, prefix_ "divr " suffix_)

/* clang-format off */
const struct table_row table_x87_rows[] = {
	ARITHMETIC(0xd8, 4, "f", "Md"),
	X87(0xd9, 0, 4, MEM_READ, "fld Md"),
	X87(0xd9, 2, 4, MEM_WRITE, "fst Md"),
	X87(0xd9, 3, 4, MEM_WRITE, "fstp Md"),
	X87(0xd9, 4, MS_ENV, MEM_READ, "fldenv M"),
	X87(0xd9, 5, 2, MEM_READ, "fldcw Mw"),
	X87(0xd9, 6, MS_ENV, MEM_WRITE, "fnstenv M"),
	X87(0xd9, 7, 2, MEM_WRITE, "fnstcw Mw"),
	ARITHMETIC(0xda, 4, "fi", "Md"),
	X87(0xdb, 0, 4, MEM_READ, "fild Md"),
	X87(0xdb, 1, 4, MEM_WRITE, "fisttp Md"),
	X87(0xdb, 2, 4, MEM_WRITE, "fist Md"),
	X87(0xdb, 3, 4, MEM_WRITE, "fistp Md"),
	X87(0xdb, 5, 10, MEM_READ, "fld Mt"),
	X87(0xdb, 7, 10, MEM_WRITE, "fstp Mt"),
	ARITHMETIC(0xdc, 8, "f", "Mq"),
	X87(0xdd, 0, 8, MEM_READ, "fld Mq"),
	X87(0xdd, 1, 8, MEM_WRITE, "fisttp Mq"),
	X87(0xdd, 2, 8, MEM_WRITE, "fst Mq"),
	X87(0xdd, 3, 8, MEM_WRITE, "fstp Mq"),
	X87(0xdd, 4, MS_X87, MEM_READ, "frstor M"),
	X87(0xdd, 6, MS_X87, MEM_WRITE, "fnsave M"),
	X87(0xdd, 7, 2, MEM_WRITE, "fnstsw Mw"),
	ARITHMETIC(0xde, 2, "fi", "Mw"),
	X87(0xdf, 0, 2, MEM_READ, "fild Mw"),
	X87(0xdf, 1, 2, MEM_WRITE, "fisttp Mw"),
	X87(0xdf, 2, 2, MEM_WRITE, "fist Mw"),
	X87(0xdf, 3, 2, MEM_WRITE, "fistp Mw"),
	X87(0xdf, 4, 10, MEM_READ, "fbld Mt"),
	X87(0xdf, 5, 8, MEM_READ, "fild Mq"),
	X87(0xdf, 6, 10, MEM_WRITE, "fbstp Mt"),
	X87(0xdf, 7, 8, MEM_WRITE, "fistp Mq"),
};
/* clang-format on */

const unsigned table_x87_count = sizeof(table_x87_rows) / sizeof(table_x87_rows[0]);
