/*
 * entry.S: every way from user code into the kernel, and the one way back.
 *
 * Interrupts are off in the kernel, so there is one kernel stack, empty at each entry.
 * An entry puts the registers where `trap_registers` points, which is the process that runs,
 * or idle_registers. trap() returns the registers of the process to run next, NULL to wait.
 */
#include "guest/abi/boot.h"
#include "guest/kernel/trap.h"

/* Offsets in struct process_registers; trap.c asserts them. */
#define RAX 0
#define RBX 8
#define RCX 16
#define RDX 24
#define RSI 32
#define RDI 40
#define RBP 48
#define RSP 56
#define R8 64
#define R9 72
#define R10 80
#define R11 88
#define R12 96
#define R13 104
#define R14 112
#define R15 120
#define RIP 128
#define RFLAGS 136

	.text

/* One stub a vector, TRAP_STUB_SIZE apart. Where the CPU pushes no error code, zero stands for it. */
	.balign	TRAP_STUB_SIZE
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	TRAP_VECTORS
	.balign	TRAP_STUB_SIZE
	.if	(TRAP_ERROR_CODES >> vector) & 1 == 0
	pushq	$0
	.endif
	pushq	$vector
	jmp	enter
	.set	vector, vector + 1
	.endr

/* SYSCALL switches no stack: build the frame of an exception. RCX and R11 are destroyed by definition. */
	.globl	trap_syscall
trap_syscall:
	movq	%rsp, syscall_rsp(%rip)
	leaq	trap_stack_end(%rip), %rsp
	pushq	$GUEST_SELECTOR_USER_DATA
	pushq	syscall_rsp(%rip)
	pushq	%r11
	pushq	$GUEST_SELECTOR_USER_CODE
	pushq	%rcx
	pushq	$0
	pushq	$TRAP_SYSCALL

/* On the stack: vector, error code, RIP, CS, RFLAGS, RSP, SS. */
enter:
	cld
	pushq	%rbx
	movq	trap_registers(%rip), %rbx
	popq	RBX(%rbx)
	movq	%rax, RAX(%rbx)
	movq	%rcx, RCX(%rbx)
	movq	%rdx, RDX(%rbx)
	movq	%rsi, RSI(%rbx)
	movq	%rdi, RDI(%rbx)
	movq	%rbp, RBP(%rbx)
	movq	%r8, R8(%rbx)
	movq	%r9, R9(%rbx)
	movq	%r10, R10(%rbx)
	movq	%r11, R11(%rbx)
	movq	%r12, R12(%rbx)
	movq	%r13, R13(%rbx)
	movq	%r14, R14(%rbx)
	movq	%r15, R15(%rbx)
	popq	%rdi			/* vector, error code and CS: the arguments of trap() */
	popq	%rsi
	popq	RIP(%rbx)
	popq	%rdx
	popq	RFLAGS(%rbx)
	popq	RSP(%rbx)
	leaq	trap_stack_end(%rip), %rsp
	xorl	%ebp, %ebp
	call	trap

/* RAX: registers of the process to run. */
leave:
	testq	%rax, %rax
	jz	idle
	movq	%rax, trap_registers(%rip)
	pushq	$GUEST_SELECTOR_USER_DATA
	pushq	RSP(%rax)
	pushq	RFLAGS(%rax)
	pushq	$GUEST_SELECTOR_USER_CODE
	pushq	RIP(%rax)
	movq	RBX(%rax), %rbx
	movq	RCX(%rax), %rcx
	movq	RDX(%rax), %rdx
	movq	RSI(%rax), %rsi
	movq	RDI(%rax), %rdi
	movq	RBP(%rax), %rbp
	movq	R8(%rax), %r8
	movq	R9(%rax), %r9
	movq	R10(%rax), %r10
	movq	R11(%rax), %r11
	movq	R12(%rax), %r12
	movq	R13(%rax), %r13
	movq	R14(%rax), %r14
	movq	R15(%rax), %r15
	movq	RAX(%rax), %rax
	iretq

/* All wait: the interrupt that ends this comes in by its stub and is not returned from. */
idle:
	leaq	idle_registers(%rip), %rax
	movq	%rax, trap_registers(%rip)
	sti
1:	hlt
	jmp	1b

/* The image's entry, on the loader's stack: RDI is the struct guest_boot. */
	.globl	_start
_start:
	leaq	trap_stack_end(%rip), %rsp
	leaq	idle_registers(%rip), %rax
	movq	%rax, trap_registers(%rip)
	xorl	%ebp, %ebp
	call	kernel_main
	jmp	leave

/* trap_load_segments(struct trap_pointer *gdt, struct trap_pointer *idt): our own GDT, IDT and TSS. */
	.globl	trap_load_segments
trap_load_segments:
	lgdt	(%rdi)
	lidt	(%rsi)
	movl	$GUEST_SELECTOR_DATA, %eax
	movw	%ax, %ss
	movl	$GUEST_SELECTOR_TSS, %eax
	ltr	%ax
	ret

/* trap_user_segments(): what user code may have loaded is replaced; the bases of FS and GS become 0. */
	.globl	trap_user_segments
trap_user_segments:
	movl	$GUEST_SELECTOR_USER_DATA, %eax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	ret

	.bss
	.balign	64
	.skip	TRAP_STACK_SIZE
	.globl	trap_stack_end
trap_stack_end:
idle_registers:
	.skip	184
	.globl	trap_registers
trap_registers:
	.skip	8
syscall_rsp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
