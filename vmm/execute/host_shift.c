#include "vmm/execute/host_shift.h"

#include <stdint.h>

#define SHLD_IMM 0xa4
#define SHRD_IMM 0xac

bool host_shift_is_right(void)
{
	uint64_t around;

	__asm__ volatile(".pushsection .data\n"
			 "	.balign 16\n"
			 "1:	.quad 0, 0\n"
			 "	.popsection\n"
			 "	movl	$0x01000000, 1b+4(%%rip)\n"
			 "	shldl	$4, %k1, 1b+4(%%rip)\n"
			 "	movq	1b(%%rip), %0\n"
			 : "=&r"(around)
			 : "r"(0xf0000000u)
			 : "cc", "memory");
	return around == 0x1000000full << 32;
}

bool host_shift_concerns(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	return f->map == MAP_0F && f->encoding == ENC_LEGACY && (f->opcode == SHLD_IMM || f->opcode == SHRD_IMM);
}
