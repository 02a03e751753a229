/* start-guest.S: the program as a guest of the bare protocol, at CPL 3. */
	.globl	_start
_start:
	xor	%ebp, %ebp
	call	work
	out	%al, $0xf4 /* isa-debug-exit: the status is the guest's */
	hlt

	.section .buffer, "aw", @nobits
	.globl	buffer
	.balign	4096
buffer:	.skip	0x4000 << TRUTH_SCALE

	.section .note.GNU-stack, "", @progbits
