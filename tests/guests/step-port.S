/*
 * Ports are read and written from a kept code page; a string from a kept page goes to
 * a port element by element.
 *
 * not: vmx Bochs gives the guest a #DB after an OUT that exits in a single step
 * run: --virtual sym:page,4096=memory --virtual gpa:0x200000+64=memory
 * cpl: 0
 * final: rcx=0x0 rsi=0x200003 rdx=0x80 rdi=0xff
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
fill:	mov dword ptr [rbx], 0x41424344
	mov dx, 0x80
	xor eax, eax
	jmp page
back:	mov esi, KEPT
	mov ecx, 3
string:	rep outsb
	end
	.balign 4096
page:	out 0x80, al
	in al, dx
	movzx edi, al
	jmp back
	.balign 4096
