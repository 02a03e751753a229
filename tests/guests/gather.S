/*
 * A gather whose elements lie in kept pages and in ordinary memory: each element is one
 * load of its own answerer, in order; elements whose mask is clear are not touched.
 *
 * not: pvm/0 KVM's interpreter has no AVX, not even between registers
 * run: --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x202000+4096=log:memory
 * line: fault rip=0x10000a gpa=0x200000 w4 | mov [rbx],1 | memory done | mem=0x1
 * line: fault rip=0x10001a gpa=0x202000 w4 | mov [rbx+0x2000],3 | memory done | mem=0x3
 * line: fault rip={gather} gpa=0x200000 r4 | vpgatherdd xmm1,[rbx+xmm2*4],xmm3 | memory done | mem=0x1
 * line: fault rip={gather} gpa=0x202000 r4 | vpgatherdd xmm1,[rbx+xmm2*4],xmm3 | memory done | mem=0x3
 * line: fault rip=0x100065 gpa=0x200ffc w4 part 1/2 | mov [rbx+0xffc],rax | memory done | mem=0x55555555
 * line: fault rip=0x100076 gpa=0x202000 w4 part 2/2 | mov [rbx+0x1ffc],rax | memory done | mem=0x88888888
 * line: fault rip={across_gather} gpa=0x200ffc r4 part 1/2 | vpgatherqq xmm1,[rbx+xmm2],xmm3 | memory done | mem=0x55555555
 * line: fault rip={across_gather} gpa=0x202000 r4 part 2/2 | vpgatherqq xmm1,[rbx+xmm2],xmm3 | memory done | mem=0x88888888
 * final: rcx=0x0
 * memory: 0x300000 01 00 00 00 02 00 00 00 03 00 00 00 cc cc cc cc
 * memory: 0x300010 55 55 55 55 66 66 66 66 77 77 77 77 88 88 88 88
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov edx, PLAIN
	mov dword ptr [rbx], 1
	mov dword ptr [rbx + PAGE], 2
	mov dword ptr [rbx + 2 * PAGE], 3
	mov dword ptr [rbx + 3 * PAGE], 4
	vmovdqu xmm1, [rip + old]
	vmovdqu xmm2, [rip + index]
	vmovdqu xmm3, [rip + mask]
gather:	vpgatherdd xmm1, [rbx + xmm2 * 4], xmm3
	vmovdqu [rdx], xmm1
	vptest xmm3, xmm3
	setnz cl
	movzx ecx, cl
	mov rax, 0x6666666655555555
	mov [rbx + PAGE - 4], rax
	mov rax, 0x8888888877777777
	mov [rbx + 2 * PAGE - 4], rax
	vpcmpeqd xmm3, xmm3, xmm3
	vmovdqu xmm2, [rip + across]
across_gather:
	vpgatherqq xmm1, [rbx + xmm2], xmm3
	vmovdqu [rdx + 16], xmm1
	end

	.balign 16
old:	.long 0xaaaaaaaa, 0xbbbbbbbb, 0xdddddddd, 0xcccccccc
index:	.long 0, 1024, 2048, 3072
mask:	.long -1, -1, -1, 0
across:	.quad PAGE - 4, 2 * PAGE - 4
