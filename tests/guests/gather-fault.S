/*
 * A gather whose third element faults: the two before it, one kept and one not, are loaded
 * and their mask is clear; the third and fourth are not. It goes on where it was.
 *
 * not: pvm/0 KVM's interpreter has no AVX, not even between registers
 * run: --virtual gpa:0x200000+4096=log:memory
 * cpl: 0
 * line: fault rip=0x100013 gpa=0x200000 w8 | mov [rbx],1 | memory done | mem=0x1
 * line: fault rip=0x100025 gpa=0x200008 w8 | mov [rbx+8],3 | memory done | mem=0x3
 * line: fault rip={gather} gpa=0x200000 r8 | vpgatherqq ymm1,[rbx+ymm2],ymm3 | memory done | mem=0x1
 * line: fault rip={gather} gpa=0x200008 r8 | vpgatherqq ymm1,[rbx+ymm2],ymm3 | memory done | mem=0x3
 * final: rcx=0x1 rdi=0x700000000000
 * memory: 0x300000 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
 * memory: 0x300010 aa aa 00 00 00 00 00 00 bb bb 00 00 00 00 00 00
 * memory: 0x300020 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
 * memory: 0x300030 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
 * memory: 0x300040 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
 * memory: 0x300050 03 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	lidt [rip + idtr]
	mov ebx, KEPT
	mov edx, PLAIN
	xor ecx, ecx
	mov qword ptr [rbx], 1
	mov qword ptr [rbx + PAGE], 2
	mov qword ptr [rbx + 8], 3
	mov qword ptr [rbx + PAGE + 8], 4
	vmovdqu ymm1, [rip + old]
	vmovdqu ymm2, [rip + index]
	vpcmpeqd ymm3, ymm3, ymm3
gather:	vpgatherqq ymm1, [rbx + ymm2], ymm3
	vmovdqu [rdx + 0x40], ymm1
	end

fault:	inc ecx
	mov rdi, cr2
	vmovdqu [rdx], ymm1
	vmovdqu [rdx + 0x20], ymm3
	vmovdqu ymm2, [rip + repaired]
	add rsp, 8
	iretq

	.balign 32
old:	.quad 0, 0, 0xaaaa, 0xbbbb
index:	.quad 0, PAGE, 0x700000000000 - KEPT, PAGE + 8
repaired: .quad 0, PAGE, 8, PAGE + 8
	idt_of 14, fault
