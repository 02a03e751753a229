/*
 * Forms of every kind do the same on a kept page and on ordinary memory, whether KVM can
 * emulate them or not: SSE and SSE2, x87, CMPXCHG16B, XADD, locked forms, strings.
 *
 * run: --virtual gpa:0x200000+4096=memory
 * memory: 0x300000 55 00 00 00 66 00 00 00 00 00 40 c0 00 00 c8 42
 * memory: 0x300010 77 00 00 00 00 00 00 00 88 00 00 00 00 00 00 00
 * memory: 0x300020 00 00 d0 00 00 00 a0 83 00 00 00 00 00 c0 00 3f
 * memory: 0x300030 01 00 00 00 02 00 00 00 fd ff ff ff 64 00 00 00
 * memory: 0x300040 01 00 00 00 02 00 c0 3f 01 00 00 00 01 00 00 00
 * memory: 0x300050 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 00 00
 * memory: 0x300060 00 00 00 00 00 00 00 00 00 00 00 00 00 00 e8 bf
 * memory: 0x300070 ff ff ff ff 7f 03 00 00 44 33 22 11 44 33 22 11
 * memory: 0x300080 01 01 00 00 88 00 00 00 a3 00 00 00 a3 00 00 00
 *
 * run: --virtual gpa:0x280000+4096=memory
 * memory: 0x300000 55 00 00 00 66 00 00 00 00 00 40 c0 00 00 c8 42
 * memory: 0x300010 77 00 00 00 00 00 00 00 88 00 00 00 00 00 00 00
 * memory: 0x300020 00 00 d0 00 00 00 a0 83 00 00 00 00 00 c0 00 3f
 * memory: 0x300030 01 00 00 00 02 00 00 00 fd ff ff ff 64 00 00 00
 * memory: 0x300040 01 00 00 00 02 00 c0 3f 01 00 00 00 01 00 00 00
 * memory: 0x300050 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 00 00
 * memory: 0x300060 00 00 00 00 00 00 00 00 00 00 00 00 00 00 e8 bf
 * memory: 0x300070 ff ff ff ff 7f 03 00 00 44 33 22 11 44 33 22 11
 * memory: 0x300080 01 01 00 00 88 00 00 00 a3 00 00 00 a3 00 00 00
 */
#include "tests/guests/guest.inc"

/* A jump before CMPXCHG8B and CMPXCHG16B: QEMU 7.2 then knows the flags they leave alone (docs/caveats.md). */
.macro flags_known
	jmp 9f
9:
.endm

	mov ebx, KEPT
	mov edx, PLAIN
	/* SSE */
	movups xmm0, [rip + floats]
	movups [rbx], xmm0
	movups xmm1, [rbx]
	addps xmm1, [rbx]
	mulss xmm1, dword ptr [rbx + 4]
	movaps [rbx + 16], xmm1
	pshufd xmm2, [rbx + 16], 0x1b
	paddd xmm2, [rbx]
	pxor xmm3, xmm3
	punpcklbw xmm3, [rbx]
	movhps qword ptr [rbx + 32], xmm2
	movlps qword ptr [rbx + 40], xmm3
	cvttps2dq xmm4, [rbx]
	movntdq [rbx + 48], xmm4
	pinsrw xmm4, word ptr [rbx + 2], 3
	movq qword ptr [rbx + 64], xmm4
	movd dword ptr [rbx + 72], xmm4
	cvtsi2sd xmm5, dword ptr [rbx + 48]
	comisd xmm5, [rbx]
	setb byte ptr [rbx + 76]
	movsd [rbx + 80], xmm5
	/* x87 */
	fld dword ptr [rbx + 4]
	fadd dword ptr [rbx + 8]
	fild dword ptr [rbx + 48]
	fmulp
	fst qword ptr [rbx + 104]
	fistp dword ptr [rbx + 112]
	fnstcw [rbx + 116]
	fldcw [rbx + 116]
	/* locked */
	mov dword ptr [rbx + 120], 0x100
	mov eax, 5
	lock xadd [rbx + 120], eax
	xadd [rbx + 120], eax
	lock or byte ptr [rbx + 121], 0x80
	lock bts dword ptr [rbx + 120], 30
	lock inc word ptr [rbx + 122]
	lock not byte ptr [rbx + 120]
	mov eax, [rbx + 120]
	mov ecx, 0x11223344
	lock cmpxchg [rbx + 120], ecx
	lock cmpxchg [rbx + 120], ecx
	mov [rbx + 124], eax
	mov r8, rbx
	mov r9, rdx
	mov eax, [r8]
	mov edx, [r8 + 4]
	mov ebx, 0x55
	mov ecx, 0x66
	flags_known
	lock cmpxchg8b [r8]
	sete byte ptr [r8 + 128]
	mov rax, [r8 + 16]
	mov rdx, [r8 + 24]
	mov ebx, 0x77
	mov ecx, 0x88
	flags_known
	lock cmpxchg16b [r8 + 16]
	sete byte ptr [r8 + 129]
	flags_known
	cmpxchg16b [r8 + 16]
	sete byte ptr [r8 + 130]
	mov rbx, r8
	xchg [rbx + 132], ecx
	/* strings */
	lea rsi, [rbx]
	lea rdi, [rbx + 256]
	mov ecx, 17
	rep movsq
	mov eax, 0x5b
	mov ecx, 5
	rep stosw
	lea rsi, [rbx + 256 + 10]
	lodsw
	lea rdi, [rbx + 256]
	mov ecx, 300
	mov eax, 0x5b
	repne scasb
	mov [rbx + 136], ecx
	lea rsi, [rbx]
	lea rdi, [rbx + 256]
	mov ecx, 300
	repe cmpsb
	mov [rbx + 140], ecx
	/* what came of it */
	lea rsi, [rbx]
	mov rdi, r9
	mov ecx, 36
	rep movsd
	mov eax, 0
	end

	.balign 16
floats:	.float 1.5, 2.25, -3.0, 100.0
