/*
 * SSE and integer instructions in one loop, on a kept page and on registers: vector state is
 * the same with runs and without.
 *
 * run: --run-length 0 --virtual gpa:0x200000+4096=memory
 * final: rcx=0x0 rax=0xc8
 * memory: 0x200000 c8 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00
 * memory: 0x300000 c8 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00 2c 01 00 00 04 00 00 00 06 00 00 00 08 00 00 00
 *
 * run: --virtual gpa:0x200000+4096=memory
 * final: rcx=0x0 rax=0xc8
 * memory: 0x200000 c8 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00
 * memory: 0x300000 c8 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00 2c 01 00 00 04 00 00 00 06 00 00 00 08 00 00 00
 */
#include "tests/guests/guest.inc"

	movups xmm1, [rip + start]
	mov ebx, KEPT
	movups [rbx], xmm1
	mov ecx, 200
again:	movups xmm0, [rbx]
	paddd xmm0, [rip + one]
	movups [rbx], xmm0
	movd eax, xmm0
	cmp eax, ecx
	cmp ecx, 101
	jb low
	movaps xmm3, xmm0
	paddd xmm3, xmm3
	paddd xmm3, [rip + hundred]
low:	dec ecx
	jnz again
	mov edi, PLAIN
	movups [rdi], xmm0
	movups [rdi + 16], xmm3
	end

	.balign 16
start:	.long 0, 2, 3, 4
one:	.long 1, 0, 0, 0
hundred: .long 100, 0, 0, 0
