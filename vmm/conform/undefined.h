/*
 * undefined.h: flags that the manual leaves undefined after an instruction.
 */
#ifndef VMM_CONFORM_UNDEFINED_H
#define VMM_CONFORM_UNDEFINED_H

#include "decoder/insn.h"

/* Bits of RFLAGS that two CPUs, or two runs, may leave different. 0 for what is not listed. */
uint64_t undefined_flags(const struct insn *insn);

/*
 * Bits of CR2 that say less than they seem to. An x87 environment or a save area is
 * read and written in pieces whose order is the CPU's own: only the page counts.
 */
uint64_t undefined_cr2(const struct insn *insn);

#endif
