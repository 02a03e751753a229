/*
 * A store to a code segment is #GP(0), whatever its descriptor; a load is done where it may be read.
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory
 * cpl: 0
 * status: 1
 * line: fault rip=0x100018 gpa=0x200800 r4 | mov eax,es:[0x800] | memory done | mem=0x0 rax=0x0
 * final: vector=13 error_code=0x0 rcx=0x5
 * report: exception 13 error 0x0 cr2 0x0 rip {fault}
 */
#include "tests/guests/guest32.inc"

	lgdt [gdtr]
	mov eax, 0x18
	mov es, eax
	mov ebx, KEPT
	mov ecx, 5

	mov eax, es:[0x800]
fault:	add es:[0x800], ecx
	end

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 08: code, flat */
	.quad 0x00cf93000000ffff	/* 10: data, flat */
	.quad 0x00409b2000000fff	/* 18: code at 0x200000, readable */
	.quad 0
	.quad 0x00cf9b000000ffff	/* 28: what the interrupt gates lead to */
gdt_end:
gdtr:	.word gdt_end - gdt - 1
	.long gdt
