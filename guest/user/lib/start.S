/*
 * start.S: where a program begins, and the one thing a process can do.
 *
 * An image begins with a jump, padded to 16 bytes, and the program's name, 16 bytes too: that is how who holds
 * its pages finds it. Registers: RDI START_*, RSI RDX RCX R8 the arguments.
 */
#include "guest/user/lib/start.h"

	.section .text.start, "ax"
	.globl	_start
_start:
	jmp	1f
	.balign	START_NAME_OFFSET, 0
	.ascii	PROGRAM_NAME
	.balign	START_NAME_SIZE, 0
1:	leaq	stack_end(%rip), %rsp
	movq	%rdi, start_flags(%rip)
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %rcx
	xorl	%ebp, %ebp
	call	program
	hlt				/* a fault: the process stops */

/* uint64_t invoke(uint64_t kind, uint64_t slot, struct message *m): offsets as message.h asserts them */
	.text
	.globl	invoke
invoke:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdx
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rcx
	movq	0(%rcx), %rsi
	movq	8(%rcx), %rdx
	movq	16(%rcx), %r10
	movq	24(%rcx), %r8
	movq	32(%rcx), %r9
	movq	40(%rcx), %r12
	movq	48(%rcx), %r13
	movq	56(%rcx), %r14
	movq	64(%rcx), %r15
	movq	72(%rcx), %rbx
	movq	80(%rcx), %rbp
	testb	$START_CALLS_BY_UD2, start_flags(%rip)
	jnz	1f
	syscall
	jmp	2f
1:	ud2
2:	popq	%rcx
	movq	%rsi, 0(%rcx)
	movq	%rdx, 8(%rcx)
	movq	%r10, 16(%rcx)
	movq	%r8, 24(%rcx)
	movq	%r9, 32(%rcx)
	movq	%r12, 40(%rcx)
	movq	%r14, 56(%rcx)
	movq	%rdi, 88(%rcx)
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.bss
	.globl	start_flags
	.balign	16
start_flags:
	.skip	8
	.balign	16
	.skip	START_STACK_SIZE
stack_end:

	.section .note.GNU-stack, "", @progbits
