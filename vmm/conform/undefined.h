/*
 * undefined.h: flags that the manual leaves undefined after an instruction.
 */
#ifndef VMM_CONFORM_UNDEFINED_H
#define VMM_CONFORM_UNDEFINED_H

#include "decoder/insn.h"

/* Bits of RFLAGS that two CPUs, or two runs, may leave different. 0 for what is not listed. */
uint64_t undefined_flags(const struct insn *insn);

#endif
