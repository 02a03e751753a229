/* stub_enter(struct stub_frame *frame): see stub_enter.h. System V ABI, x86-64. */
#include "vmm/execute/stub_enter.h"

	.section .text.stub_enter, "ax", @progbits

/*
 * The stack while the stub runs, from RSP up: the frame's address, a place for
 * RAX, the stub's address, the host's MXCSR and x87 control word. Below it is
 * only the stub's return address.
 */
#define AT_FRAME 0
#define AT_RAX 8
#define AT_CODE 16
#define AT_MXCSR 24
#define AT_FCW 28
#define LOCALS 40

	.globl stub_enter
	.type stub_enter, @function
	.balign 16
stub_enter:
	.cfi_startproc
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	.cfi_adjust_cfa_offset 48
	sub $LOCALS, %rsp
	.cfi_adjust_cfa_offset LOCALS
	mov %rdi, AT_FRAME(%rsp)
	mov STUB_FRAME_CODE(%rdi), %rax
	mov %rax, AT_CODE(%rsp)

	mov STUB_FRAME_AREA(%rdi), %rcx
	test %rcx, %rcx
	jz .Lflags
	stmxcsr AT_MXCSR(%rsp)
	fnstcw AT_FCW(%rsp)
	mov STUB_FRAME_MASK(%rdi), %eax
	mov STUB_FRAME_MASK + 4(%rdi), %edx
	xrstor64 (%rcx)

	/* OF by an addition that overflows or not, the other five by sahf: no system flag is touched */
.Lflags:
	mov STUB_FRAME_FLAGS(%rdi), %ecx
	mov %cl, %ah
	shr $11, %ecx
	and $1, %ecx
	mov %cl, %al
	add $0x7f, %al
	sahf

	mov STUB_FRAME_BEFORE(%rdi), %rdi
	mov 0(%rdi), %rax
	mov 8(%rdi), %rcx
	mov 16(%rdi), %rdx
	mov 24(%rdi), %rbx
	mov 40(%rdi), %rbp
	mov 48(%rdi), %rsi
	mov 64(%rdi), %r8
	mov 72(%rdi), %r9
	mov 80(%rdi), %r10
	mov 88(%rdi), %r11
	mov 96(%rdi), %r12
	mov 104(%rdi), %r13
	mov 112(%rdi), %r14
	mov 120(%rdi), %r15
	mov 56(%rdi), %rdi
	call *AT_CODE(%rsp)

	/* only mov until the flags are out */
	mov %rax, AT_RAX(%rsp)
	mov AT_FRAME(%rsp), %rax
	mov STUB_FRAME_AFTER(%rax), %rax
	mov %rcx, 8(%rax)
	mov %rdx, 16(%rax)
	mov %rbx, 24(%rax)
	mov %rbp, 40(%rax)
	mov %rsi, 48(%rax)
	mov %rdi, 56(%rax)
	mov %r8, 64(%rax)
	mov %r9, 72(%rax)
	mov %r10, 80(%rax)
	mov %r11, 88(%rax)
	mov %r12, 96(%rax)
	mov %r13, 104(%rax)
	mov %r14, 112(%rax)
	mov %r15, 120(%rax)
	mov AT_RAX(%rsp), %rcx
	mov %rcx, 0(%rax)
	mov AT_FRAME(%rsp), %rdi
	lahf
	seto %al
	movzbl %ah, %ecx
	movzbl %al, %eax
	shl $11, %eax
	or %ecx, %eax
	mov %rax, STUB_FRAME_FLAGS(%rdi)
	jmp .Lvectors

	.globl stub_enter_faulted
stub_enter_faulted:
	mov AT_FRAME(%rsp), %rdi

.Lvectors:
	mov STUB_FRAME_AREA(%rdi), %rcx
	test %rcx, %rcx
	jz .Lleave
	mov STUB_FRAME_MASK(%rdi), %eax
	mov STUB_FRAME_MASK + 4(%rdi), %edx
	xsave64 (%rcx)
	/* what the ABI asks for, of what was loaded: no upper halves in use, an empty x87 stack, the control words */
	test $4, %al
	jz .Lx87
	vzeroupper
.Lx87:
	test $1, %al
	jz .Lcontrol
	fninit
	fldcw AT_FCW(%rsp)
.Lcontrol:
	ldmxcsr AT_MXCSR(%rsp)

.Lleave:
	add $LOCALS, %rsp
	.cfi_adjust_cfa_offset -LOCALS
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	.cfi_adjust_cfa_offset -48
	ret
	.cfi_endproc
	.size stub_enter, . - stub_enter

	.section .note.GNU-stack, "", @progbits
