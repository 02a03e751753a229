/*
 * An expand-down segment of 16-bit size ends at 64 KiB: an access beyond is #GP(0).
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory
 * cpl: 0
 * status: 1
 * line: fault rip=0x100018 gpa=0x200ffc w4 | mov es:[0xfffc],ebx | memory done | mem=0x200000
 * final: vector=13 error_code=0x0 rcx=0x5
 * report: exception 13 error 0x0 cr2 0x0 rip {fault}
 */
#include "tests/guests/guest32.inc"

	lgdt [gdtr]
	mov eax, 0x18
	mov es, eax
	mov ebx, KEPT
	mov ecx, 5

	mov es:[0xfffc], ebx
fault:	mov es:[0xfffd], ecx
	end

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 08: code, flat */
	.quad 0x00cf93000000ffff	/* 10: data, flat */
	.quad 0x0000971f10000803	/* 18: data at 0x1f1000, expand-down, 0x804 to 0xffff */
	.quad 0
	.quad 0x00cf9b000000ffff	/* 28: what the interrupt gates lead to */
gdt_end:
gdtr:	.word gdt_end - gdt - 1
	.long gdt
