/*
 * memory,map=2 answers two accesses and then steps aside: the page is ordinary from
 * there on, with the bytes the keeper had.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096=log:memory,map=2
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rax | memory done | mem=0x31
 * line: fault rip={load} gpa=0x200000 r8 | mov rcx,[rbx] | memory done | mem=0x31 rcx=0x31
 * final: rcx=0x31 rdx=0x31 rsi=0x32
 * memory: 0x200000 32 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0x31
store:	mov [rbx], rax
load:	mov rcx, [rbx]
	mov rdx, [rbx]
	inc qword ptr [rbx]
	mov rsi, [rbx]
	end
