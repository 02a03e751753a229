/*
 * SSE and AVX moves of 4 to 32 bytes: movd, movq, movups, movaps, movdqu, vmovdqu. A VEX
 * load clears the upper half of its register.
 *
 * not: pvm/0 KVM's interpreter has no AVX, not even between registers
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={movups} gpa=0x200001 w16 | movups [rbx+1],xmm0 | memory done | mem=0xffeeddccbbaa99887766554433221100
 * line: fault rip={movdqu} gpa=0x200001 r16 | movdqu xmm1,[rbx+1] | memory done | mem=0xffeeddccbbaa99887766554433221100
 * line: fault rip={movd} gpa=0x200002 r4 | movd xmm2,[rbx+2] | memory done | mem=0x44332211
 * line: fault rip={movq} gpa=0x200010 w8 | movq [rbx+0x10],xmm2 | memory done | mem=0x44332211
 * line: fault rip={vmov32} gpa=0x200020 w32 | vmovdqu [rbx+0x20],ymm0 | memory done | mem=0xffeeddccbbaa99887766554433221100
 * line: fault rip={vload} gpa=0x200020 r16 | vmovaps xmm3,[rbx+0x20] | memory done | mem=0xffeeddccbbaa99887766554433221100
 * memory: 0x200000 00 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee 11 22 33 44
 * memory: 0x300000 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff
 * memory: 0x300010 11 22 33 44 00 00 00 00 00 00 00 00 00 00 00 00
 * memory: 0x300020 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov edx, PLAIN
	movups xmm0, [rip + pattern]
	vmovdqu ymm3, [rip + pattern]
movups:	movups [rbx + 1], xmm0
movdqu:	movdqu xmm1, [rbx + 1]
movd:	movd xmm2, dword ptr [rbx + 2]
movq:	movq [rbx + 16], xmm2
	vmovaps xmm0, xmm0	/* clears the upper half */
vmov32:	vmovdqu [rbx + 32], ymm0
vload:	vmovaps xmm3, [rbx + 32]
	movups [rdx], xmm1
	movups [rdx + 16], xmm2
	vmovdqu [rdx + 32], ymm3
	end

pattern:
	.quad 0x7766554433221100, 0xffeeddccbbaa9988
	.quad -1, -1
