#include "vmm/execute/gpr.h"

uint64_t gpr_cut(uint64_t value, unsigned size)
{
	return size >= 8 ? value : value & ((1ull << (8 * size)) - 1);
}

uint64_t gpr_read(const struct regs *regs, unsigned index, unsigned size)
{
	return gpr_cut(regs->gpr[index], size);
}

void gpr_write(struct regs *regs, unsigned index, unsigned size, uint64_t value)
{
	uint64_t kept = size >= 4 ? 0 : regs->gpr[index] & ~gpr_cut(UINT64_MAX, size);

	regs->gpr[index] = kept | gpr_cut(value, size);
}
