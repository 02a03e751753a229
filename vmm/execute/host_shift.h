/*
 * host_shift.h: does this host's CPU find the operand of a double shift by an immediate?
 *
 * Stubs are RIP-relative (docs/adr/0004), and RIP is where the instruction ends, its immediate
 * included. QEMU 7.2's software CPU leaves the immediate of SHLD and SHRD out, so that the
 * operand is one byte off; nothing faults. Such a stub would be silently wrong.
 */
#ifndef VMM_EXECUTE_HOST_SHIFT_H
#define VMM_EXECUTE_HOST_SHIFT_H

#include "decoder/insn.h"

#include <stdbool.h>

/* Run one, on memory of its own, and look. */
bool host_shift_is_right(void);

/* SHLD or SHRD with an immediate? */
bool host_shift_concerns(const struct insn *insn);

#endif
