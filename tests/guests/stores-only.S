/*
 * With :w only stores come to the keeper; loads run at hardware speed and see what
 * the keeper's memory holds. A read-modify-write is a store.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096:w=log:memory
 * line: fault rip={store} gpa=0x200010 w8 | mov [rbx+0x10],rax | memory done | mem=0x77
 * line: fault rip={rmw} gpa=0x200010 rw8 | add [rbx+0x10],rax | memory done | mem=0x77->0xee
 * final: rcx=0x77 rdx=0xee
 * memory: 0x200010 ee 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0x77
	mov r8, [rbx]
store:	mov [rbx + 16], rax
	mov rcx, [rbx + 16]
rmw:	add [rbx + 16], rax
	mov rdx, [rbx + 16]
	end
