/*
 * Instructions without memory are the CPU's own business; where KVM interprets level 0
 * and gives up on one (SSE, AVX and x87 between registers, fwait, int3, clac) the
 * monitor finishes it, with the same result.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * cpl: 0
 * line: fault rip={store} gpa=0x200000 w16 | movups [r8],xmm2 | memory done | mem=0x40000000000000006
 * final: rbx=0x3 rcx=0x1 rdx=0x0 rsi=0x7 rdi=0x0 r9=0x5
 */
#include "tests/guests/guest.inc"

	lidt [rip + idtr]
	mov r8d, KEPT
	mov rax, cr4
	or eax, 0x600			/* OSFXSR, OSXMMEXCPT */
	mov cr4, rax
	xor ecx, ecx
	fninit
	fld1
	fld1
	fwait
	faddp
	fld1
	faddp
	sub rsp, 8
	fistp qword ptr [rsp]		/* 3 */
	pop rbx
	mov eax, 3
	movq xmm0, rax
	mov eax, 2
	movq xmm1, rax
	punpcklqdq xmm0, xmm1		/* 3, 2 */
	movaps xmm2, xmm0
	paddq xmm2, xmm0		/* 6, 4 */
store:	movups [r8], xmm2
	mov eax, 7
	cvtsi2sd xmm4, eax
	cvttsd2si esi, xmm4
	mov edx, 1
	xorps xmm3, xmm3
	movq rdx, xmm3
	int3
	mov r9d, 5
	mov edi, 0
	end

trap:	inc ecx
	iretq

	idt_of 3, trap
