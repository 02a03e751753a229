/* start.S: where the kernel starts the root task, and how it is called. */
	.globl _start, kernel_call
	.text

/* rdi: the boot information */
_start:
	lea stack_end(%rip), %rsp
	xor %ebp, %ebp
	call root_main
	ud2

/*
 * kernel_call(page, capability, label, given, words). The kernel takes the capability in rdi, the tag of the message
 * in rsi, its first four words in r10, r8, r9 and r15, and the number of the call in rdx: -1 is "Call". It
 * leaves all other registers but rcx, r11 and rsp as they were.
 */
kernel_call:
	push %rbx
	push %r12
	push %r15
	mov %rsi, %r11
	mov %rdx, %rax
	shl $12, %rax
	or $6, %rax		/* words */
	test %rcx, %rcx
	jz 1f
	or $1 << 7, %rax	/* capabilities */
	mov %rcx, 976(%rdi)
1:	mov 32(%r8), %rcx
	mov %rcx, 40(%rdi)
	mov 40(%r8), %rcx
	mov %rcx, 48(%rdi)
	mov 0(%r8), %r10
	mov 16(%r8), %r9
	mov 24(%r8), %r15
	mov 8(%r8), %r8
	mov %r11, %rdi
	mov %rax, %rsi
	mov $-1, %rdx
	mov %rsp, %rbx
	syscall
	mov %rbx, %rsp
	mov %rsi, %rax
	shr $12, %rax
	pop %r15
	pop %r12
	pop %rbx
	ret

	.bss
	.balign 16
	.skip 16384
stack_end:
	.section .note.GNU-stack,"",@progbits
