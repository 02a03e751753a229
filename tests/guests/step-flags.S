/*
 * Stepped instructions that copy the flags show the guest's, without the trap flag of
 * the stepping: pushf, popf, iret; and the instruction behind mov ss is stepped with it
 * or after it. An exception in the step is delivered with the right frame.
 *
 * run: --virtual sym:page,4096=memory --virtual gpa:0x200000+64=log:memory
 * cpl: 0
 * final: rcx=0x1 rdx=0x2 rbx=0x46 rsi=0x246 rdi=0x46 rbp=0x9
 * line: step rip={store} gpa=0x200000 w8 | mov [r8],rdi | memory done | mem=0x46
 */
#include "tests/guests/guest.inc"

	lidt [rip + idtr]
	mov r8d, KEPT
	xor ecx, ecx
	jmp page

bad:	inc ecx
	add qword ptr [rsp], 2
	mov rdi, [rsp + 16]
	and rdi, ~0x10000	/* the resume flag is set for faults */
	iretq

	idt_of 6, bad

	.balign 4096
page:	xor edx, edx
	pushfq
	pop rbx
	push 0x246
	popfq
	pushfq
	pop rsi
	cli
	xor ebp, ebp
	mov eax, ss
	mov ss, eax
	add ebp, 4
	add ebp, 5
	sub edx, edx
	ud2
store:	mov [r8], rdi
	inc edx
	push 0x10
	push 0x400000
	push 2
	push 8
	lea rax, [rip + 1f]
	push rax
	iretq
1:	inc edx
	end
	.balign 4096
