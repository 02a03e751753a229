/*
 * gpr.h: parts of a general register, read and written as the CPU does.
 */
#ifndef VMM_EXECUTE_GPR_H
#define VMM_EXECUTE_GPR_H

#include "decoder/regs.h"

/* value with all above size bytes (1, 2, 4 or 8) cleared. */
uint64_t gpr_cut(uint64_t value, unsigned size);

/* The low size bytes of register index; AH..BH are not reached. */
uint64_t gpr_read(const struct regs *regs, unsigned index, unsigned size);

/*
 * Write size bytes (1, 2, 4 or 8): 4 clear bits 63:32, 1 and 2 keep the bits above.
 * Source: Intel SDM Vol 1, "General-Purpose Registers in 64-Bit Mode".
 */
void gpr_write(struct regs *regs, unsigned index, unsigned size, uint64_t value);

#endif
