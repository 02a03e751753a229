/*
 * A stepped instruction that faults: its code is fetched from a kept page, and its store begins
 * in a kept page and ends in one that is not mapped. It has not happened: that
 * keeper is told nothing.
 *
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * run: --virtual sym:page,4096=memory --virtual gpa:0xfff000+4096=log:memory
 * status: 1
 * final: vector=14 cr2=0x1000000 rcx=0x5
 * report: cr2 0x1000000 rip {page}
 * memory: 0xfffffc 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, 0x1000000	/* the end of memory */
	mov ecx, 5
	mov rax, -1
	jmp page
	.balign 4096
page:	add [rbx - 4], rax
	end
	.balign 4096
