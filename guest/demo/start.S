/* The bare protocol enters here, with the two pages in rbx and rcx. */
	.section .text.start, "ax"
	.globl _start
_start:
	mov	%rbx, %rdi
	mov	%rcx, %rsi
	xor	%ebp, %ebp
	call	demo

	.section .note.GNU-stack, "", @progbits
