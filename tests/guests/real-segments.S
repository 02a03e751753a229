/*
 * Real mode: a segment begins at 16 times its selector; beyond the first MiB the address
 * goes on, since no line is masked.
 *
 * set: small
 *
 * run: --mode real --virtual gpa:0x25000+4096=log:memory --virtual gpa:0x100000+4096=log:memory
 * cpl: 0
 * line: fault rip={store} gpa=0x25010 w2 | mov es:[bx],cx | memory done | mem=0x1234
 * line: fault rip={high} gpa=0x100000 w2 | mov fs:[bx],cx | memory done | mem=0x1234
 * line: fault rip={sel} gpa=0x25012 w2 | mov es:[bx+2],fs | memory done | mem=0xffff
 * line: fault rip={stos} gpa=0x25100 w1 | stosb es:[di],al | memory done | mem=0x7 rdi=0x1
 * final: rdi=0x1
 */
#include "tests/guests/guest16.inc"

	mov ax, 0x2500
	mov es, ax
	mov bx, 0x10
	mov cx, 0x1234
store:	mov es:[bx], cx
	mov ax, 0xffff
	mov fs, ax
high:	mov fs:[bx], cx			/* 0xffff0 + 0x10 */
sel:	mov es:[bx + 2], fs
	mov di, 0
	mov ax, 0x2510
	mov es, ax
	mov al, 7
stos:	stosb
	end
