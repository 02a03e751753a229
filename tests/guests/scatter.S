/*
 * A scatter (AVX-512) whose elements lie in a kept page and in ordinary memory: each is one
 * store, in order, so that of two at the same place the last one stays; then one that faults
 * at its third element, after the two before it.
 *
 * not: pvm/0 KVM's interpreter has no AVX, not even between registers
 * not: svm QEMU does not emulate AVX-512
 * not: vmx Bochs is not given AVX-512
 * run: --virtual gpa:0x200000+4096=memory --reg rsi=0
 * memory: 0x200000 03 00 00 00 00 00 00 00
 * memory: 0x201000 04 00 00 00 00 00 00 00
 *
 * run: --virtual gpa:0x200000+4096=memory --reg rsi=1
 * status: 1
 * final: vector=14
 * report: cr2 0x700000000000
 * memory: 0x200000 01 00 00 00 00 00 00 00
 * memory: 0x201000 02 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	kxnorw k1, k1, k1
	vmovdqu ymm1, [rip + values]
	vmovdqu ymm2, [rip + same]
	test esi, esi
	jz scatter
	vmovdqu ymm2, [rip + faults]
scatter: vpscatterqq [rbx + ymm2] {k1}, ymm1
	end

	.balign 32
values:	.quad 1, 2, 3, 4
same:	.quad 0, PAGE, 0, PAGE
faults:	.quad 0, PAGE, 0x700000000000 - KEPT, 0
