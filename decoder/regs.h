/*
 * regs.h: the guest's registers as one record.
 *
 * A photograph, not a handle: reading or writing it touches no guest. It holds
 * what decoding, addressing and integer execution need; vector and x87 state
 * travels apart (decoder/vector.h), because few instructions want it.
 * Source: Intel SDM Vol 1, "Basic Execution Environment"; Vol 3, "System
 * Architecture Overview".
 */
#ifndef DECODER_REGS_H
#define DECODER_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A guest-virtual (linear) address: cannot be dereferenced or mixed with a gpa. */
typedef struct {
	uint64_t v;
} gva_t;

/* General registers in the order of their encoding (ModRM, SIB, REX). */
enum gpr {
	GPR_RAX,
	GPR_RCX,
	GPR_RDX,
	GPR_RBX,
	GPR_RSP,
	GPR_RBP,
	GPR_RSI,
	GPR_RDI,
	GPR_R8,
	GPR_R9,
	GPR_R10,
	GPR_R11,
	GPR_R12,
	GPR_R13,
	GPR_R14,
	GPR_R15,
	GPR_COUNT,
};

/* Segment registers in the order of their encoding. */
enum segment {
	SEG_ES,
	SEG_CS,
	SEG_SS,
	SEG_DS,
	SEG_FS,
	SEG_GS,
	SEG_COUNT,
};

/* What the code segment makes of the bytes: default sizes and what decodes. */
enum cpu_mode {
	MODE_16,
	MODE_32,
	MODE_64,
};

#define RFLAGS_CF 0x1ull
#define RFLAGS_FIXED 0x2ull /* always one */
#define RFLAGS_PF 0x4ull
#define RFLAGS_AF 0x10ull
#define RFLAGS_ZF 0x40ull
#define RFLAGS_SF 0x80ull
#define RFLAGS_TF 0x100ull
#define RFLAGS_IF 0x200ull
#define RFLAGS_DF 0x400ull
#define RFLAGS_OF 0x800ull
#define RFLAGS_NT 0x4000ull
#define RFLAGS_RF 0x10000ull
#define RFLAGS_VM 0x20000ull
#define RFLAGS_AC 0x40000ull
#define RFLAGS_ID 0x200000ull
/* the six that arithmetic writes */
#define RFLAGS_STATUS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define CR0_PE 0x1ull
#define CR0_EM 0x4ull
#define CR0_TS 0x8ull
#define CR0_NE 0x20ull
#define CR0_AM 0x40000ull
#define CR0_WP 0x10000ull
#define CR0_PG 0x80000000ull
#define CR4_PSE 0x10ull
#define CR4_PAE 0x20ull
#define CR4_OSFXSR 0x200ull
#define CR4_OSXMMEXCPT 0x400ull
#define CR4_LA57 0x1000ull
#define CR4_PCIDE 0x20000ull
#define CR4_OSXSAVE 0x40000ull
#define CR4_SMEP 0x100000ull
#define CR4_SMAP 0x200000ull
#define CR4_PKE 0x400000ull
#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull
#define EFER_NXE 0x800ull
#define EFER_FFXSR 0x4000ull /* AMD APM Vol 2: FXSAVE at CPL 0 leaves the XMM registers out */

struct segment_reg {
	uint64_t base;
	uint32_t limit; /* in bytes, granularity applied */
	uint16_t selector;
	uint8_t type; /* the four type bits of the descriptor */
	bool big; /* the D/B bit: an expand-down segment ends at 4 GiB, not at 64 KiB */
	bool usable;
};

struct regs {
	uint64_t gpr[GPR_COUNT];
	uint64_t rip;
	uint64_t rflags;
	struct segment_reg seg[SEG_COUNT];
	uint64_t cr0, cr2, cr3, cr4;
	uint64_t efer;
	uint8_t cpl; /* 0..3 */
	enum cpu_mode mode;
	uint8_t stack_size; /* width of the stack pointer in bytes: 2, 4 or 8 */
};

/* All that few instructions change: segments, control registers, mode. */
static inline void regs_copy_system(struct regs *to, const struct regs *from)
{
	memcpy(&to->seg, &from->seg, sizeof(*to) - offsetof(struct regs, seg));
}

/* As *to = *from, in two pieces: of one as large as this compilers make `rep movs`, which costs as much as a stub. */
static inline void regs_copy(struct regs *to, const struct regs *from)
{
	memcpy(to, from, offsetof(struct regs, seg));
	regs_copy_system(to, from);
}

/* "rax" to "r15". */
const char *gpr_name(enum gpr gpr);

#endif
