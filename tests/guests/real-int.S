/*
 * INT n in real mode with the vectors or the stack in a kept page: the vector is one load of
 * four bytes, the frame one store of six, and the flags in it are the guest's own.
 *
 * not: pvm its emulator stores the frame as if an instruction did
 * run: --mode real --virtual gpa:0x9000+1024=log:memory
 * cpl: 0
 * line: fault rip=0x7c01 gpa=0x9100 w2 | mov [0x9100],0x7c47 | memory done | mem=0x7c47
 * line: fault rip=0x7c07 gpa=0x9102 w2 | mov [0x9102],cs | memory done | mem=0x0
 * line: fault rip=0x7c0b gpa=0x900c w2 | mov [0x900c],0x7c53 | memory done | mem=0x7c53
 * line: fault rip=0x7c11 gpa=0x900e w2 | mov [0x900e],cs | memory done | mem=0x0
 * line: fault rip=0x7c15 gpa=0x9010 w2 | mov [0x9010],0x7c53 | memory done | mem=0x7c53
 * line: fault rip=0x7c1b gpa=0x9012 w2 | mov [0x9012],cs | memory done | mem=0x0
 * line: step rip={int40} gpa=0x9100 r4 | int 0x40 | memory done | mem=0x7c47 rsp=0xa07a
 * line: step rip={int3} gpa=0x900c r4 | int3 | memory done | mem=0x7c53 rsp=0xa07a
 * line: step rip={into} gpa=0x9010 r4 | into | memory done | mem=0x7c53 rsp=0xa07a
 * line: step rip={int41} gpa=0x9100 r4 | int 0x40 | memory done | mem=0x7c47 rsp=0xa07a
 * final: rcx=0x3 rdx=0x40 rsi=0x46 rdi=0x206
 *
 * run: --mode real --virtual gpa:0xa000+256=log:memory
 * cpl: 0
 * line: step rip={int40} gpa=0xa07a w6 | int 0x40 | memory done | mem=0x4600007c2b rsp=0xa07a
 * line: fault rip=0x7c49 gpa=0xa07e r2 | mov bx,[bp+4] | memory done | mem=0x46 rbx=0x46
 * line: step rip=0x7c54 gpa=0xa07a r6 | iret | memory done | mem=0x4600007c2b rsp=0xa080
 * line: step rip=0x7c54 gpa=0xa080 r58 | iret | memory done | mem=0x0 rsp=0xa080
 * line: step rip={int3} gpa=0xa07a w6 | int3 | memory done | mem=0x4600007c2c rsp=0xa07a
 * line: step rip=0x7c54 gpa=0xa07a r6 | iret | memory done | mem=0x4600007c2c rsp=0xa080
 * line: step rip=0x7c54 gpa=0xa080 r58 | iret | memory done | mem=0x0 rsp=0xa080
 * line: step rip={into} gpa=0xa07a w6 | into | memory done | mem=0x89200007c31 rsp=0xa07a
 * line: step rip=0x7c54 gpa=0xa07a r6 | iret | memory done | mem=0x89200007c31 rsp=0xa080
 * line: step rip=0x7c54 gpa=0xa080 r58 | iret | memory done | mem=0x0 rsp=0xa080
 * line: step rip={int41} gpa=0xa07a w6 | int 0x40 | memory done | mem=0x20600007c39 rsp=0xa07a
 * line: fault rip=0x7c49 gpa=0xa07e r2 | mov bx,[bp+4] | memory done | mem=0x206 rbx=0x206
 * line: step rip=0x7c54 gpa=0xa07a r6 | iret | memory done | mem=0x20600007c39 rsp=0xa080
 * line: step rip=0x7c54 gpa=0xa080 r58 | iret | memory done | mem=0x0 rsp=0xa080
 * final: rcx=0x3 rdx=0x40 rsi=0x46 rdi=0x206
 */
#include "tests/guests/guest16.inc"

	cli
	mov word ptr [KEPT + 4 * 0x40], offset forty
	mov word ptr [KEPT + 4 * 0x40 + 2], cs
	mov word ptr [KEPT + 4 * 3], offset three
	mov word ptr [KEPT + 4 * 3 + 2], cs
	mov word ptr [KEPT + 4 * 4], offset three
	mov word ptr [KEPT + 4 * 4 + 2], cs
	lidt [idtr]
	mov sp, PLAIN + 0x80
	xor cx, cx
int40:	int 0x40
int3:	int3
	mov al, 0x7f
	add al, 1		/* OF */
into:	into
	jno bad
	xor cx, 0
	sti
int41:	int 0x40
	dec cx
	cli
bad:	end

forty:	mov bp, sp
	mov bx, [bp + 4]
	mov si, di
	mov di, bx
	mov dx, 0x40
three:	inc cx
	iret

idtr:	.word 0x3ff
	.long KEPT
