/*
 * table.h: the closed table, one row per form of an instruction.
 *
 * It says what a form reads and writes, how large its operands are and how it is
 * executed. It is closed: what has no row is refused, so a form that nobody has
 * thought about never runs. A new form is a new row. Its truth is the CPU: the
 * rows are tested against sizes, directions and alignment measured there.
 * Sources: Intel SDM Vol 2, the page of each instruction and "Opcode Map".
 */
#ifndef DECODER_TABLE_H
#define DECODER_TABLE_H

#include "decoder/insn.h"

/* enum opcode_prefix, or: the prefix does not select the instruction. */
#define PFX_ANY 4

/* How the operand size follows from prefixes and mode. */
enum size_rule {
	SIZE_BYTE, /* 1 */
	SIZE_V, /* 2, 4 or 8 by mode, 66 and REX.W */
	SIZE_Y, /* 4, or 8 with REX.W or VEX.W in 64-bit mode: 66 does not count */
	SIZE_STACK, /* push, pop: as V, but 4 becomes 8 in 64-bit mode */
	SIZE_NEAR, /* near branches: 8 in 64-bit mode, where CPUs differ on 66, so that has no row */
	SIZE_MEM, /* that of the memory operand */
	SIZE_PORT, /* as V, at most 4 */
	SIZE_FAR, /* as V, where CPUs differ on REX.W, so that has no row */
	SIZE_FAR_CALL, /* the same, and so much is pushed twice */
	SIZE_EXTENDED, /* movsxd without REX.W: 4; CPUs differ on 66, so that has no row */
	SIZE_ADDRESS, /* the address size */
};

/* The size of the memory operand: a number of bytes 1..64, or one of these. */
enum mem_rule {
	MS_NONE = 0, /* no explicit operand */
	MS_OP = 65, /* the operand size */
	MS_V, /* as SIZE_V */
	MS_PAIR, /* twice the operand size: cmpxchg8b, cmpxchg16b */
	MS_VL, /* the vector length, 16 in legacy SSE */
	MS_VL_2, /* a half, a quarter, an eighth of it */
	MS_VL_4,
	MS_VL_8,
	MS_ENV, /* x87 environment: 14 with a 2-byte operand size, else 28 */
	MS_FAR, /* the operand size and a selector */
	MS_DTR, /* limit and base of a descriptor table: 10 in 64-bit mode, else 6 */
	MS_FXSAVE, /* 512, aligned to 16 */
	MS_XSAVE, /* XSAVE_AREA at most, aligned to 64 */
	MS_X87, /* and with the registers: 94 or 108 */
};

enum imm_rule {
	IMM_NONE,
	IMM_8,
	IMM_16,
	IMM_ENTER, /* 2 and 1 */
	IMM_Z, /* 2 with a 2-byte operand, else 4 */
};

/* What ModRM.mod == 3 means to a row. */
enum reg_form {
	REG_SAME, /* the same instruction on a register */
	REG_OTHER, /* another instruction, or none: this row does not match */
	REG_UD, /* #UD */
	REG_ONLY, /* the instruction; ModRM.mod != 3 is #UD */
};

enum w_rule { W_ANY, W_0, W_1 };
enum l_rule { L_ANY, L_128, L_256, L_512, L_256_512 };
enum mode_rule { MODES_ALL, MODES_64, MODES_NOT_64 };

/* EVEX: what the mask register means to the operand in memory. */
enum mask_rule {
	MASK_NEVER, /* EVEX.aaa must be 0 */
	MASK_WHOLE, /* it is accessed as a whole, whatever the mask: no fault is suppressed */
	MASK_ELEMENTS, /* element i if bit i is set; broadcast: the one element if any is */
	MASK_TILED, /* a part repeated to the vector length: element i if any of the bits i, i + n, .. is set */
	MASK_COMPRESSED, /* as many elements as bits are set, together at the start */
	MASK_REQUIRED, /* gather, scatter: element i if bit i is set; EVEX.aaa must not be 0 */
};

/* Where Capstone 4.0.2 is known to be wrong about a form; measured by the tests. */
#define CAPSTONE_TEXT 1 /* it names it wrongly */

struct table_row {
	const char *name; /* as in the opcode map: "mov Ev,Gv" */
	enum encoding encoding;
	enum opcode_map map;
	uint8_t prefix; /* enum opcode_prefix or PFX_ANY */
	uint8_t opcode, opcodes; /* this one and the following, opcodes in all; 0 counts as 1 */
	int8_t digit; /* ModRM.reg, or -1 */
	enum reg_form reg_form;
	enum w_rule w;
	enum l_rule l;
	enum mode_rule modes;
	enum size_rule op_size;
	uint8_t mem_size; /* 1..64 or enum mem_rule */
	enum mem_use use;
	bool vvvv; /* VEX.vvvv names a register; else it must be 1111b */
	enum imm_rule imm;
	enum execution exec;
	enum string_op string;
	uint16_t flags; /* INSN_* */
	enum mask_rule mask;
	uint8_t element; /* bytes of one element in memory: masked, broadcast or gathered; else 0 */
	bool zeroing, broadcast; /* EVEX.z, EVEX.b may be set */
	uint8_t registers; /* EVEX: ModRM.reg must name one of so many; 0: any of 32 */
	bool distinct; /* EVEX: ModRM.reg and vvvv must differ */
	uint8_t index_size; /* VSIB: bytes of an index, 4 or 8; else 0 */
	uint8_t capstone; /* CAPSTONE_* */
};

#define TABLE_NO_ROW UINT16_MAX

struct table_index;

/* The index of rows by opcode; NULL when out of memory. */
struct table_index *table_index_new(void);
void table_index_free(struct table_index *index);

/* How many rows there are. */
unsigned table_rows(void);
const struct table_row *table_row(unsigned row);

/*
 * The row of an encoding, or TABLE_NO_ROW. In no mode does the answer depend on
 * anything but f and mode.
 */
uint16_t table_find(const struct table_index *index, const struct insn_fields *f, enum cpu_mode mode);

/* Sizes in bytes that a row gives to an encoding; 0 where it has no such part. */
uint8_t table_op_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode);
uint16_t table_mem_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode);
/* What INSN_ALIGNED asks of the operand's address. */
uint16_t table_alignment(const struct table_row *row, uint16_t mem_size);
uint8_t table_imm_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode);

#endif
