/*
 * A counter beside a kept page, counted up with a LOCK by two vCPUs, of which one loads from the kept page in between: its
 * instructions are carried out in runs, the other's by the CPU. The counter may be on a page whose keeper has been taken
 * away while the guest runs (a trace that has enough): nothing is lost then either.
 *
 * r8: counts that are missing. r14: counts of the first vCPU.
 *
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * run: --cpus 2 --reg r14=20000 --virtual gpa:0x200000+4096=memory
 * final: r8=0x0
 */
#include "tests/guests/guest.inc"

#define READY 0x00
#define OVER 0x08
#define OTHERS 0x10
#define COUNTER 0x1000 /* from KEPT on */

	mov ebx, KEPT
	mov ebp, PLAIN
	lock inc qword ptr [rbp + READY]
1:	pause
	cmp qword ptr [rbp + READY], 2
	jne 1b
	xor edx, edx
	test edi, edi
	jnz other
	mov rcx, r14
2:	mov rax, [rbx]
	lock inc qword ptr [rbx + COUNTER]
	dec rcx
	jnz 2b
	mov qword ptr [rbp + OVER], 1
3:	pause
	mov r9, [rbp + OTHERS]
	test r9, r9
	jz 3b
	lea r8, [r14 + r9]
	sub r8, [rbx + COUNTER]
	end

other:	lock inc qword ptr [rbx + COUNTER]
	inc rdx
	cmp qword ptr [rbp + OVER], 0
	je other
	mov [rbp + OTHERS], rdx
	jmp .
