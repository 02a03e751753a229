/* native_enter.S: see native_enter.h. */
#include "vmm/conform/native_enter.h"

	.bss
	.globl native_cpu
	.balign 64
	.type native_cpu, @object
	.size native_cpu, 256
native_cpu:
	.skip 256

#define CPU(offset) native_cpu + (offset)(%rip)

	.text
	.globl native_enter
	.type native_enter, @function
native_enter:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	pushfq
	stmxcsr CPU(NATIVE_MXCSR)
	fnstcw CPU(NATIVE_FCW)
	mov %rsp, CPU(NATIVE_HOST_RSP)
	mov CPU(NATIVE_AREA), %rcx
	test %rcx, %rcx
	jz 1f
	mov CPU(NATIVE_MASK), %eax
	mov CPU(NATIVE_MASK + 4), %edx
	xrstor64 (%rcx)
1:	cmpq $0, CPU(NATIVE_BASES)
	je 2f
	rdfsbase %rax
	mov %rax, CPU(NATIVE_HOST_FS)
	rdgsbase %rax
	mov %rax, CPU(NATIVE_HOST_GS)
	mov CPU(NATIVE_FS), %rax
	wrfsbase %rax
	mov CPU(NATIVE_GS), %rax
	wrgsbase %rax
2:	pushq CPU(NATIVE_FLAGS)
	mov CPU(0), %rax
	mov CPU(8), %rcx
	mov CPU(16), %rdx
	mov CPU(24), %rbx
	mov CPU(40), %rbp
	mov CPU(48), %rsi
	mov CPU(56), %rdi
	mov CPU(64), %r8
	mov CPU(72), %r9
	mov CPU(80), %r10
	mov CPU(88), %r11
	mov CPU(96), %r12
	mov CPU(104), %r13
	mov CPU(112), %r14
	mov CPU(120), %r15
	popfq	/* AC may be set from here on: all that follows is aligned */
	mov CPU(32), %rsp
	jmp *CPU(NATIVE_RIP)

	.globl native_back
native_back:
	mov %rax, CPU(0)
	mov %rcx, CPU(8)
	mov %rdx, CPU(16)
	mov %rbx, CPU(24)
	mov %rsp, CPU(32)
	mov %rbp, CPU(40)
	mov %rsi, CPU(48)
	mov %rdi, CPU(56)
	mov %r8, CPU(64)
	mov %r9, CPU(72)
	mov %r10, CPU(80)
	mov %r11, CPU(88)
	mov %r12, CPU(96)
	mov %r13, CPU(104)
	mov %r14, CPU(112)
	mov %r15, CPU(120)
	mov CPU(NATIVE_HOST_RSP), %rsp
	pushfq
	popq CPU(NATIVE_FLAGS)
	cld
	mov CPU(NATIVE_AREA), %rcx
	test %rcx, %rcx
	jz native_leave
	mov CPU(NATIVE_MASK), %eax
	mov CPU(NATIVE_MASK + 4), %edx
	xsave64 (%rcx)

	.globl native_faulted
native_faulted:
native_leave:
	mov CPU(NATIVE_HOST_RSP), %rsp
	mov CPU(NATIVE_AREA), %rcx
	test %rcx, %rcx
	jz 3f
	mov CPU(NATIVE_MASK), %eax
	mov CPU(NATIVE_MASK + 4), %edx
	mov CPU(NATIVE_CLEAN), %rcx
	xrstor64 (%rcx)
	fldcw CPU(NATIVE_FCW)
	ldmxcsr CPU(NATIVE_MXCSR)
3:	cmpq $0, CPU(NATIVE_BASES)
	je 4f
	mov CPU(NATIVE_HOST_FS), %rax
	wrfsbase %rax
	mov CPU(NATIVE_HOST_GS), %rax
	wrgsbase %rax
4:	popfq
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
	.size native_enter, . - native_enter

	.globl native_signal
native_signal:
	cmpq $0, CPU(NATIVE_BASES)
	je 5f
	cmpq $0, CPU(NATIVE_HOST_FS)
	je 5f
	mov CPU(NATIVE_HOST_FS), %rax
	wrfsbase %rax
5:	jmp native_on_signal

	.section .note.GNU-stack, "", @progbits
