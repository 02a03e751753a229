/*
 * insn.h: one decoded instruction.
 *
 * It says what the bytes mean, independent of any register's value: it can be
 * cached by its bytes and used for every vCPU. What it touches is known once
 * registers are given: see memref.h.
 */
#ifndef DECODER_INSN_H
#define DECODER_INSN_H

#include "decoder/regs.h"

#include <stdbool.h>
#include <stdint.h>

#define INSN_MAX 15 /* Intel SDM Vol 2, "Instruction Format": the longest instruction, bytes */
#define INSN_TEXT 80

/* The opcode maps. Legacy one-byte, 0F, 0F 38, 0F 3A; VEX and EVEX use 1..3 too, EVEX alone 5 and 6. */
enum opcode_map { MAP_0, MAP_0F, MAP_0F38, MAP_0F3A, MAP_5 = 5, MAP_6 };

enum encoding { ENC_LEGACY, ENC_VEX, ENC_EVEX };

/* Mandatory-prefix class of an opcode. */
enum opcode_prefix { PFX_NONE, PFX_66, PFX_F3, PFX_F2 };

/*
 * fields: where the parts of the encoding stand. Offsets are in bytes from the
 * first byte of the instruction; a part that is absent has size 0.
 */
struct insn_fields {
	enum encoding encoding;
	enum opcode_map map;
	enum opcode_prefix prefix;
	bool lock, rep, repne; /* F0, F3, F2 seen among the legacy prefixes */
	bool opsize, adsize; /* 66, 67 seen */
	int8_t seg_override; /* enum segment, or -1 */
	uint8_t rex; /* the REX byte, or 0; for VEX/EVEX the same bits W R X B, not inverted */
	uint8_t reg; /* ModRM.reg with all its extension bits, 0..31; 0 without ModRM */
	uint8_t vvvv; /* VEX/EVEX register with all its bits, 0..31; 0 where there is none */
	uint8_t mask; /* EVEX.aaa: the mask register, 0: none */
	bool zeroing; /* EVEX.z: masked-off elements of a register become 0, else they stay */
	bool broadcast; /* EVEX.b; with a memory operand: one element for all */
	uint8_t vector_len; /* VEX/EVEX: 16, 32 or 64 bytes; legacy: 0 */
	uint8_t opcode;
	uint8_t prefix_size; /* all bytes before the opcode byte, REX/VEX/escape bytes included */
	bool has_modrm, has_sib;
	uint8_t modrm, sib;
	uint8_t modrm_at, disp_at, disp_size, imm_at, imm_size;
};

/* How the memory operand is used. MEM_NONE: computed or hinted, never touched (lea, nop, prefetch). */
enum mem_use { MEM_NONE, MEM_READ, MEM_WRITE, MEM_READ_WRITE };

#define REG_NONE (-1)
#define REG_RIP 16 /* as a base: the address of the next instruction */

/*
 * The explicit memory operand: [base + index*scale + disp] in a segment. Without
 * one, addr_size and seg are still those of implicit accesses: the address size of
 * a string instruction and the segment of its source.
 */
struct insn_mem {
	bool present;
	enum mem_use use;
	uint16_t size; /* of the memory operand, bytes, without regard to a mask; 0 if MEM_NONE */
	uint16_t align; /* INSN_ALIGNED: #GP(0) unless its address is a multiple of this; else 1 */
	uint8_t addr_size; /* 2, 4 or 8: where the effective address wraps */
	int8_t base, index; /* enum gpr, REG_RIP (base only) or REG_NONE */
	uint8_t index_size; /* 0; or 4, 8: VSIB, index is a vector register 0..31 with elements of so many bytes */
	uint8_t scale; /* 1, 2, 4 or 8 */
	int64_t disp; /* sign-extended, a compressed one (EVEX disp8*N) multiplied; for moffs the absolute address */
	enum segment seg;
};

/* How the instruction is carried out when one of its accesses is virtual. */
enum execution {
	EXEC_STUB, /* on the host CPU, with the operand on a scratch slot */
	EXEC_PUSH, /* push r/m, r, imm, sreg, pushf: one value to the stack */
	EXEC_POP, /* pop r/m, r, popf: one value from the stack */
	EXEC_CALL, /* near call, relative or through r/m */
	EXEC_JMP, /* near jmp through m */
	EXEC_RET, /* near ret, with or without imm16 */
	EXEC_LEAVE, /* rsp = rbp, then pop rbp */
	EXEC_STRING, /* movs, stos, lods, scas, cmps: one element at a time */
	EXEC_PORT, /* ins, outs: one element between a port and memory */
	EXEC_SEGMENT, /* mov m,sreg and mov sreg,m: never on the host, whose segments they would read or load */
	EXEC_ENTER, /* push rbp, copy frame pointers of outer levels, make room */
	EXEC_XLAT, /* al = [rbx + al] */
	EXEC_MASKMOV, /* maskmovq, maskmovdqu: as EXEC_STUB, but the operand is [rdi] and ModRM names registers */
	EXEC_COPY64, /* movdir64b: 64 bytes from the operand to [es:reg] */
	EXEC_FLUSH, /* clflush, clwb: the operand is checked as a load, and nothing is loaded */
	EXEC_GATHER, /* element by element into a vector register; the mask is cleared as they arrive */
	EXEC_SCATTER, /* element by element out of a vector register */
	EXEC_STEP, /* only the private step can: far transfers, segment and descriptor-table loads, privileged forms */
	EXEC_NONE, /* touches no memory of its own: nothing to carry out */
};

enum string_op { STRING_MOVS, STRING_STOS, STRING_LODS, STRING_SCAS, STRING_CMPS, STRING_INS, STRING_OUTS };

/* What a row of the closed table adds to its size and use. */
#define INSN_LOCKABLE 0x01 /* F0 is allowed with a memory destination */
#define INSN_ALIGNED 0x02 /* #GP(0) unless the operand is aligned to mem.align */
#define INSN_VECTOR 0x04 /* reads or writes XMM/YMM/ZMM, x87 or MXCSR state */
#define INSN_BIT_OFFSET 0x08 /* bt family with a register: the register's high part moves the address */
#define INSN_IMPLICIT_LOCK 0x10 /* xchg with memory: locked without F0 */
#define INSN_DIVIDES 0x20 /* may raise #DE */
#define INSN_MASKED 0x40 /* which accesses there are depends on vector state: masks, indices, XSAVE components */
#define INSN_COMPRESSED 0x80 /* INSN_MASKED: the active elements stand together at the start of the operand */

struct insn {
	uint8_t bytes[INSN_MAX];
	uint8_t length;
	enum cpu_mode mode;
	struct insn_fields fields;
	struct insn_mem mem;
	enum execution exec;
	enum string_op string; /* EXEC_STRING and EXEC_PORT only */
	uint8_t element; /* INSN_MASKED: bytes of one element in memory, 0: an XSAVE area; else 0 */
	uint8_t elements; /* INSN_MASKED: how many elements the mask governs, 1..64; else 0 */
	uint8_t op_size; /* operand size, bytes: 1, 2, 4, 8, vectors 4..64 */
	uint8_t stack_use; /* bytes of one push or pop; 0: no stack. EXEC_STEP: a pop, or with an operand two pushes */
	uint16_t flags; /* INSN_* */
	bool locked; /* one atomic read-modify-write: F0, or INSN_IMPLICIT_LOCK */
	uint16_t row; /* index in the closed table */
	char text[INSN_TEXT]; /* Intel syntax, as "mov rax,[rbx]"; NUL-terminated */
};

#endif
