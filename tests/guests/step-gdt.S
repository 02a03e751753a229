/*
 * The GDT in a kept page: loading a segment register loads the table from its keeper, and
 * the accessed bit that the CPU sets is a store to it; a far return reads it too.
 *
 * not: pvm/0 KVM interprets level 0, and stays in a loop where it cannot read the GDT
 * run: --virtual sym:gdt,4096=log:memory
 * cpl: 0
 * line: step rip={load} gpa=0x101000 r32 | mov es,eax | memory done | mem=0xcf92000000ffff00af9b000000ffff0000000000000000
 * line: step rip={load} gpa=0x101015 w1 | mov es,eax | memory done | mem=0x93
 * line: step rip={far} gpa=0x101000 r32 | retfq | memory done | mem=0xcf93000000ffff00af9b000000ffff0000000000000000 rsp=0x1000000
 * final: rcx=0x10 rdx=0x55
 */
#include "tests/guests/guest.inc"

	lgdt [rip + gdtr]
	mov eax, 0x10
load:	mov es, eax
	mov ecx, es
	push 8
	lea rax, [rip + there]
	push rax
far:	retfq
	ud2
there:	mov edx, 0x55
	end

	.balign 8
gdtr:	.word 31
	.quad gdt
	.balign 4096
gdt:	.quad 0, 0x00af9b000000ffff, 0x00cf92000000ffff, 0
	.balign 4096
