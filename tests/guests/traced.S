/*
 * What a guest says to a trace goes nowhere without one; its two pages are as many accesses as rcx asks for. rbx: so
 * often it does something else between two rounds.
 *
 * run: --reg rcx=3 --virtual gpa:0x200000+4096=log,op=w:memory
 * line: fault rip={count} gpa=0x200000 rw8 | inc [rsi] | memory done | mem=0x0->0x1
 * line: fault rip={count} gpa=0x200000 rw8 | inc [rsi] | memory done | mem=0x1->0x2
 * line: fault rip={count} gpa=0x200000 rw8 | inc [rsi] | memory done | mem=0x2->0x3
 * final: rax=0x6b72616e rcx=0x0
 * memory: 0x200000 03 00 00 00
 */
#include "guest/abi/mark.h"
#include "tests/guests/guest.inc"

	mov esi, KEPT
	mov edi, KEPT + PAGE
	mov dx, GUEST_PORT_MARK
	mov eax, 7
	out dx, eax
again:	call round
	mov rdx, rbx
other:	dec rdx
	jns other
	dec rcx
	jnz again
	mov dx, GUEST_PORT_BADGE
	mov eax, 42
	out dx, eax
load:	mov r8, [rdi]
	mov dx, GUEST_PORT_MARK
	in eax, dx
	end

	.globl round, rounds
	.balign 4096 /* on a page of its own: places to start and stop at */
round:	mov r9, rcx
count:	inc qword ptr [rsi]
rounds:	mov [rdi], r9
	ret
