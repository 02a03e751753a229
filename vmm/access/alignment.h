/*
 * alignment.h: what alignment #AC demands of an access.
 *
 * Intel SDM Vol 3, "Interrupt 17: Alignment Check Exception (#AC)"; AMD APM Vol 2,
 * "#AC: Alignment-Check Exception". The manuals leave it to the CPU whether operands
 * of 16 bytes and more are checked: AMD's are, Intel's are not.
 */
#ifndef VMM_ACCESS_ALIGNMENT_H
#define VMM_ACCESS_ALIGNMENT_H

#include "decoder/insn.h"
#include "decoder/memref.h"

/* Does this host's CPU check operands of 16 bytes and more? */
bool alignment_is_wide(void);

/* The alignment in bytes that the CPU checks when AC is set; 1: none. wide: as alignment_is_wide() says. */
unsigned alignment_checked(const struct insn *insn, const struct memref *ref, bool wide);

#endif
