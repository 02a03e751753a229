#include "decoder/regs.h"

const char *gpr_name(enum gpr gpr)
{
	static const char *const names[GPR_COUNT] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
						     "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

	return names[gpr];
}
