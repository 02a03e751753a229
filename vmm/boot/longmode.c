#include "vmm/boot/longmode.h"

#include <cpuid.h>

#define RFLAGS_IOPL3 0x3000ull
#define CPUID_1_ECX_XSAVE (1u << 26)

bool longmode_has_xsave(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & CPUID_1_ECX_XSAVE);
}

void longmode_control(struct regs *regs, gpa_t root, unsigned cpl)
{
	regs->cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_ET;
	regs->cr3 = root.v;
	regs->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | (longmode_has_xsave() ? CR4_OSXSAVE : 0);
	regs->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
	regs->rflags = RFLAGS_FIXED | (cpl == 3 ? RFLAGS_IOPL3 : 0);
}
