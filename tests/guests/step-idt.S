/*
 * The IDT in a kept page: delivering an exception, a breakpoint and an interrupt
 * instruction loads the gate from the keeper, and nothing else.
 *
 * not: pvm/0 KVM interprets level 0, and reports a triple fault where it cannot read the IDT
 * run: --virtual sym:idt,4096=log:memory
 * cpl: 0
 * line: step rip={fault} gpa=0x101060 r16 | (delivery of vector 6) | memory done | mem=0x108e0000080080 rsp=0xffffd8
 * line: step rip={point} gpa=0x101030 r16 | int3 | memory done | mem=0x108e0000080089 rsp=0xffffd8
 * line: step rip={int40} gpa=0x101400 r16 | int 0x40 | memory done | mem=0x108e000008008d rsp=0xffffd8
 * final: rcx=0x3 rdx=0x40 rbx=0x0 r9=0x46
 */
#include "tests/guests/guest.inc"

	lidt [rip + idtr]
	xor ecx, ecx
	mov rbx, rsp
fault:	ud2
point:	int3
int40:	int 0x40
	sub rbx, rsp
	pushfq
	pop r9
	end

	.org 0x80		/* their addresses are in the lines */
bad:	inc ecx
	add qword ptr [rsp], 2
	iretq
trap:	inc ecx
	iretq
call:	inc ecx
	mov edx, 0x40
	iretq

	.balign 8
	.word 0, 0, 0
idtr:	.word 4095
	.quad idt

	.macro gate handler
	.word \handler - _start, 8, 0x8e00, 0x10
	.quad 0
	.endm
	.balign 4096
idt:	.fill 3 * 16, 1, 0
	gate trap
	.fill 2 * 16, 1, 0
	gate bad
	.fill 57 * 16, 1, 0
	gate call
	.balign 4096
