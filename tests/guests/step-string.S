/*
 * rep movs on a kept code page moves every element, repne scas stops where it must;
 * hlt ends the guest there too.
 *
 * run: --virtual sym:page,4096=memory
 * cpl: 0
 * final: rbx=0xc rcx=0x0 rdi=0x300010 rsi=0x100110 stop=hlt rax=0x60
 * memory: 0x300000 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
 */
#include "tests/guests/guest.inc"

	lea esi, [rip + bytes]
	mov edi, PLAIN
	mov ecx, 16
	jmp page
	.org 0x100
bytes:	.byte 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign 4096
page:	rep movsb
scan:	lea edi, [rip + bytes]
	mov al, 3
	mov ecx, 16
	repne scasb
	mov rbx, rcx		/* 12 left */
	mov ecx, 0
	mov edi, PLAIN + 16
	mov eax, 0x60
	mov r15, rax
	hlt
	.balign 4096
