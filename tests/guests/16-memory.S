/*
 * Loads, stores and read-modify-writes of 16-bit code: each 16-bit address form, which
 * wraps at 64 KiB, and 32-bit addresses and operands (67, 66).
 *
 * set: small
 *
 * run: --mode 16 --virtual gpa:0x9000+4096=log:memory
 * line: fault rip={store} gpa=0x9000 w2 | mov [bx],ax | memory done | mem=0x1122
 * line: fault rip={bxsi} gpa=0x9010 w1 | mov [bx+si],al | memory done | mem=0x22
 * line: fault rip={bxdi} gpa=0x9021 w1 | mov [bx+di+1],ah | memory done | mem=0x11
 * line: fault rip={bpsi} gpa=0x9010 r2 | mov cx,[bp+si] | memory done | mem=0x22 rcx=0x22
 * line: fault rip={bpdi} gpa=0x901e r2 | mov dx,[bp+di-2] | memory done | mem=0x0
 * line: fault rip={sisig} gpa=0x9010 w2 | mov [si-0x7000],ax | memory done | mem=0x1122
 * line: fault rip={disig} gpa=0x9020 rw2 | add [di-0x7000],ax | memory done | mem=0x1100->0x2222
 * line: fault rip={direct} gpa=0x9002 rw2 | inc [0x9002] | memory done | mem=0x0->0x1
 * line: fault rip={moffs} gpa=0x9002 r2 | mov ax,[0x9002] | memory done | mem=0x1 rax=0x1
 * line: fault rip={wraps} gpa=0x9040 w2 | mov [bx+si+0x10],cx | memory done | mem=0x22
 * line: fault rip={wide} gpa=0x9110 w4 | mov [ebx+ecx*4+0x100],ebx | memory done | mem=0x9000
 * line: fault rip={both} gpa=0x9110 rw4 lock | lock xadd [ebx+0x110],ecx | memory done | mem=0x9000->0x9004 rcx=0x9000
 * final: rcx=0x9000 rbx=0x9000
 * memory: 0x9000 22 11 01 00
 * memory: 0x9110 04 90 00 00
 *
 * run: --mode real --virtual gpa:0x9000+4096=log:memory
 * cpl: 0
 * line: fault rip={store} gpa=0x9000 w2 | mov [bx],ax | memory done | mem=0x1122
 * line: fault rip={bxsi} gpa=0x9010 w1 | mov [bx+si],al | memory done | mem=0x22
 * line: fault rip={bxdi} gpa=0x9021 w1 | mov [bx+di+1],ah | memory done | mem=0x11
 * line: fault rip={bpsi} gpa=0x9010 r2 | mov cx,[bp+si] | memory done | mem=0x22 rcx=0x22
 * line: fault rip={bpdi} gpa=0x901e r2 | mov dx,[bp+di-2] | memory done | mem=0x0
 * line: fault rip={sisig} gpa=0x9010 w2 | mov [si-0x7000],ax | memory done | mem=0x1122
 * line: fault rip={disig} gpa=0x9020 rw2 | add [di-0x7000],ax | memory done | mem=0x1100->0x2222
 * line: fault rip={direct} gpa=0x9002 rw2 | inc [0x9002] | memory done | mem=0x0->0x1
 * line: fault rip={moffs} gpa=0x9002 r2 | mov ax,[0x9002] | memory done | mem=0x1 rax=0x1
 * line: fault rip={wraps} gpa=0x9040 w2 | mov [bx+si+0x10],cx | memory done | mem=0x22
 * line: fault rip={wide} gpa=0x9110 w4 | mov [ebx+ecx*4+0x100],ebx | memory done | mem=0x9000
 * line: fault rip={both} gpa=0x9110 rw4 lock | lock xadd [ebx+0x110],ecx | memory done | mem=0x9000->0x9004 rcx=0x9000
 * final: rcx=0x9000 rbx=0x9000
 * memory: 0x9000 22 11 01 00
 * memory: 0x9110 04 90 00 00
 */
#include "tests/guests/guest16.inc"

	mov bx, KEPT
	mov si, 0x10
	mov di, 0x20
	mov bp, KEPT
	mov ax, 0x1122
store:	mov [bx], ax
bxsi:	mov [bx + si], al
bxdi:	mov [bx + di + 1], ah
bpsi:	mov cx, [bp + si]
bpdi:	mov dx, [bp + di - 2]
sisig:	mov [si + KEPT], ax
disig:	add [di + KEPT], ax
direct:	inc word ptr [KEPT + 2]
moffs:	mov ax, [KEPT + 2]
	mov bx, 0xfff0
	mov si, KEPT + 0x40
wraps:	mov [bx + si + 0x10], cx
	mov ebx, KEPT
	mov ecx, 4
wide:	mov [ebx + ecx * 4 + 0x100], ebx
both:	lock xadd [ebx + 0x110], ecx
	end
