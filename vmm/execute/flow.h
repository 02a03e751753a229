/*
 * flow.h: instructions that touch no memory and are no arithmetic: near branches,
 * LEA, the direction flag, fences, hints.
 *
 * Nobody needs them while the guest's own CPU runs; a run does (vmm/access/run.h), which
 * goes from one access to the next by itself. In 64-bit mode only. Not here: what may raise an
 * exception other than for its target, and what reaches anything but RIP and registers.
 * Sources: Intel SDM Vol 2, the page of each.
 */
#ifndef VMM_EXECUTE_FLOW_H
#define VMM_EXECUTE_FLOW_H

#include "decoder/insn.h"

#include <stddef.h>

enum flow {
	FLOW_OTHER, /* none of these */
	FLOW_JCC, /* jcc rel8, rel32 */
	FLOW_JMP, /* jmp rel8, rel32 */
	FLOW_JMP_REGISTER, /* jmp r64 */
	FLOW_LOOP, /* loop, loope, loopne */
	FLOW_JRCXZ,
	FLOW_LEA,
	FLOW_DIRECTION, /* cld, std */
	FLOW_FENCE, /* lfence, mfence, sfence */
	FLOW_HINT, /* nop, pause, endbr, prefetches: only RIP moves */
};

/*
 * Are the bytes one of these that the closed table does not hold, because none of its
 * forms touches memory? Then *out is the instruction but for its text; otherwise *out is untouched.
 */
bool flow_form(const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out);

/* Which it is: what flow_form() gave, or an instruction of the table with EXEC_NONE. */
enum flow flow_of(const struct insn *insn);

/*
 * Carry it out on regs; flow is flow_of(insn). False, and regs unchanged, where the CPU
 * would raise an exception (the target is not canonical), and for FLOW_OTHER.
 */
bool flow_run(const struct insn *insn, enum flow flow, struct regs *regs);

#endif
