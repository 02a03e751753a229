/*
 * stub.h: the host CPU as the emulator of one instruction.
 *
 * stub_encode() rewrites an instruction so that its memory operand is a
 * RIP-relative scratch slot: address-size, segment and LOCK prefixes go (the slot
 * is private), REX.X and REX.B go, moffs becomes ModRM, a register operand that is
 * RSP becomes another (the host keeps its stack). The result is decoded again and
 * must show exactly that operand before it may run. Only rows of the closed
 * table with EXEC_STUB are ever encoded, and EXEC_MASKMOV, whose operand is at
 * RDI: that register then points at the slot.
 */
#ifndef VMM_EXECUTE_STUB_H
#define VMM_EXECUTE_STUB_H

#include "decoder/insn.h"

#include <stddef.h>

/* A stub never exceeds the longest instruction. */
struct stub_code {
	uint8_t bytes[INSN_MAX];
	uint8_t length;
	/* offset in bytes[] of the disp32, which counts from the end of the instruction; 0: the operand is at RDI */
	uint8_t disp_at;
	int8_t rsp_became; /* enum gpr that stands for RSP, or REG_NONE */
};

/* False if the form cannot be rewritten; *out is then untouched. */
bool stub_encode(const struct insn *insn, struct stub_code *out);

#endif
