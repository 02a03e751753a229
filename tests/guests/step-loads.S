/*
 * Loads of segment registers and of the local table from kept pages: far pointers of each
 * size, segments of a kept local table, and the table's own descriptor in a kept global one.
 *
 * not: pvm/0 KVM interprets level 0, and stays in a loop where it cannot read the GDT
 * run: --virtual gpa:0x200000+4096=log:memory --virtual sym:ldt,4096=log:memory
 * cpl: 0
 * line: fault rip=0x10002f gpa=0x200000 w2 | mov [rbx],0x18 | memory done | mem=0x18
 * line: step rip={lldt} gpa=0x200000 r2 | lldt [rbx] | memory done | mem=0x18
 * line: fault rip=0x100037 gpa=0x200008 w4 | mov [rbx+8],0x12345678 | memory done | mem=0x12345678
 * line: fault rip=0x10003e gpa=0x20000c w2 | mov [rbx+0xc],0x10 | memory done | mem=0x10
 * line: step rip={lss} gpa=0x200008 r6 | lss ebp,[rbx+0x8] | memory done | mem=0x1012345678 rbp=0x12345678
 * line: fault rip=0x10004b gpa=0x200020 w4 | mov [rbx+0x20],0x55667788 | memory done | mem=0x55667788
 * line: fault rip=0x100052 gpa=0x200024 w2 | mov [rbx+0x24],0xc | memory done | mem=0xc
 * line: step rip={lfs} gpa=0x200020 r6 | lfs esi,[rbx+0x20] | memory done | mem=0xc55667788 rsi=0x55667788
 * line: step rip={lfs} gpa=0x102000 r32 | lfs esi,[rbx+0x20] | memory done | mem=0xcf92000000ffff0000000000000000 rsi=0x55667788
 * line: step rip={lfs} gpa=0x10200d w1 | lfs esi,[rbx+0x20] | memory done | mem=0x93 rsi=0x55667788
 * line: fault rip=0x10005e gpa=0x200030 w4 | mov [rbx+0x30],0xc1122 | memory done | mem=0xc1122
 * line: step rip={lgs} gpa=0x200030 r4 | lgs dx,[rbx+0x30] | memory done | mem=0xc1122 rdx=0x1122
 * line: step rip={lgs} gpa=0x102000 r32 | lgs dx,[rbx+0x30] | memory done | mem=0xcf93000000ffff0000000000000000 rdx=0x1122
 * final: rcx=0x10 rdx=0x1122 rsi=0x55667788 rdi=0xc rbp=0x12345678
 *
 * run: --virtual sym:gdt,4096=log:memory
 * cpl: 0
 * line: fault rip=0x10000e gpa=0x10101a w2 | mov [rbx+0x1a],ax | memory done | mem=0x2000
 * line: fault rip=0x100016 gpa=0x10101c w1 | mov [rbx+0x1c],al | memory done | mem=0x10
 * line: fault rip=0x100019 gpa=0x10101d w1 | mov [rbx+0x1d],0x82 | memory done | mem=0x82
 * line: fault rip=0x10001d gpa=0x101018 w2 | mov [rbx+0x18],0x1f | memory done | mem=0x1f
 * line: step rip={lldt} gpa=0x101000 r48 | lldt [rbx] | memory done | mem=0x82102000001f00cf93000000ffff00af9b000000ffff0000000000000000
 * line: step rip={lss} gpa=0x101000 r48 | lss ebp,[rbx+0x8] | memory done | mem=0x82102000001f00cf93000000ffff00af9b000000ffff0000000000000000 rbp=0x12345678
 * final: rcx=0x10 rdx=0x1122 rsi=0x55667788 rdi=0xc rbp=0x12345678
 */
#include "tests/guests/guest.inc"

	lea rax, [rip + ldt]
	lea rbx, [rip + gdt]
	mov [rbx + 0x18 + 2], ax
	shr rax, 16
	mov [rbx + 0x18 + 4], al
	mov byte ptr [rbx + 0x18 + 5], 0x82
	mov word ptr [rbx + 0x18], 31
	lgdt [rip + gdtr]
	mov ebx, KEPT
	mov word ptr [rbx], 0x18
lldt:	lldt [rbx]
	mov dword ptr [rbx + 8], 0x12345678
	mov word ptr [rbx + 12], 0x10
lss:	lss ebp, [rbx + 8]
	nop			/* some CPUs go on for one instruction after a load of SS before they trap */
	mov ecx, ss
	mov dword ptr [rbx + 32], 0x55667788
	mov word ptr [rbx + 36], 0xc
lfs:	lfs esi, [rbx + 32]
	mov edi, fs
	mov dword ptr [rbx + 48], 0x000c1122
	xor edx, edx
lgs:	lgs dx, [rbx + 48]
	mov esp, PLAIN
	end

	.balign 8
	.word 0, 0, 0
gdtr:	.word 0x2f
	.quad gdt
	.balign 4096
gdt:	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0, 0, 0
	.balign 4096
ldt:	.quad 0, 0x00cf92000000ffff, 0, 0
	.balign 4096
