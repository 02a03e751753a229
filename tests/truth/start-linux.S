/* start-linux.S: the program for Linux, without a library. */
	.globl	_start
_start:
	xor	%ebp, %ebp
	call	work
	mov	%eax, %edi
	mov	$231, %eax /* exit_group */
	syscall
	hlt

	.section .buffer, "aw", @nobits
	.globl	buffer
	.balign	4096
buffer:	.skip	0x4000 << TRUTH_SCALE

	.section .note.GNU-stack, "", @progbits
