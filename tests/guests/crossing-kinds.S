/*
 * Accesses of each kind across a page boundary do the same whether the first page is kept,
 * the second, or both, or none: integer, locked, exchanged, stack, call, string, SSE, x87.
 *
 * run: --virtual gpa:0x200000+4096=memory
 * final: rcx=0x1122334455667788 rsi=0x1122334455667799 rdi=0x5566778811223344 rbp=0x77 r8=0x1122334455667799 r9=0x203005
 * memory: 0x300000 99 77 66 55 44 33 22 11 00 00 00 00 00 00 00 00
 * memory: 0x300010 00 00 00 00 00 80 ff 3f 00 00
 * memory: 0x202ffd 5a 5a 5a 5a 5a 5a 5a 5a
 *
 * run: --virtual gpa:0x201000+4096=memory --virtual gpa:0x203000+4096=memory
 * final: rcx=0x1122334455667788 rsi=0x1122334455667799 rdi=0x5566778811223344 rbp=0x77 r8=0x1122334455667799 r9=0x203005
 * memory: 0x300000 99 77 66 55 44 33 22 11 00 00 00 00 00 00 00 00
 * memory: 0x300010 00 00 00 00 00 80 ff 3f 00 00
 * memory: 0x202ffd 5a 5a 5a 5a 5a 5a 5a 5a
 *
 * run: --virtual gpa:0x200000+4096=memory --virtual gpa:0x201000+0x3000=memory
 * final: rcx=0x1122334455667788 rsi=0x1122334455667799 rdi=0x5566778811223344 rbp=0x77 r8=0x1122334455667799 r9=0x203005
 * memory: 0x300000 99 77 66 55 44 33 22 11 00 00 00 00 00 00 00 00
 * memory: 0x300010 00 00 00 00 00 80 ff 3f 00 00
 * memory: 0x202ffd 5a 5a 5a 5a 5a 5a 5a 5a
 *
 * run: --virtual gpa:0x280000+4096=memory
 * final: rcx=0x1122334455667788 rsi=0x1122334455667799 rdi=0x5566778811223344 rbp=0x77 r8=0x1122334455667799 r9=0x203005
 * memory: 0x300000 99 77 66 55 44 33 22 11 00 00 00 00 00 00 00 00
 * memory: 0x300010 00 00 00 00 00 80 ff 3f 00 00
 * memory: 0x202ffd 5a 5a 5a 5a 5a 5a 5a 5a
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT + PAGE
	mov edx, PLAIN
	movabs rax, 0x1122334455667788
	mov [rbx - 3], rax		/* integer */
	mov rcx, [rbx - 3]
	add byte ptr [rbx - 3], 0x10
	lock add qword ptr [rbx - 3], 1
	mov rsi, [rbx - 3]
	mov rdi, 0x5566778811223344
	xchg [rbx - 5], rdi		/* and back */
	xchg [rbx - 5], rdi
	lea rsp, [rbx + 3]		/* stack */
	push 0x77
	pop rbp
	mov [rbx - 3], rsi
	push qword ptr [rbx - 3]	/* its operand and its stack cross, and overlap */
	pop r8
	lea rsp, [rbx + 5]		/* call and ret; the pointer crosses too */
	lea rax, [rip + called]
	mov [rbx - 7], rax
	call qword ptr [rbx - 7]
	mov [rbx - 3], rsi
	movq xmm0, rsi			/* SSE */
	movups [rbx - 9], xmm0
	movups xmm1, [rbx - 9]
	movups [rdx], xmm1
	fld1				/* x87: ten bytes */
	fstp tbyte ptr [rbx - 6]
	fld tbyte ptr [rbx - 6]
	fstp tbyte ptr [rdx + 14]
	mov r12, rcx			/* string */
	mov r13, rdi
	lea rdi, [rbx + 2 * PAGE - 3]
	mov eax, 0x5a5a5a5a
	mov ecx, 2
	rep stosd
	mov r9, rdi
	mov rcx, r12
	mov rdi, r13
	end
called:	ret
