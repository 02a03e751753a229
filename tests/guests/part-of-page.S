/*
 * Eight kept bytes in an otherwise ordinary page: only accesses that touch them come
 * to the keeper, one that overlaps them in part; the rest of the page is memory.
 *
 * run: --virtual gpa:0x200100+8=log:counter
 * line: fault rip={load} gpa=0x200100 r8 | mov rcx,[rbx+0x100] | counter done | mem=0x1 rcx=0x1
 * line: fault rip={overlap} gpa=0x200100 r4 part 2/2 | mov rdx,[rbx+0xfc] | counter done | mem=0x2 rdx=0x255555555
 * final: rcx=0x1 rdx=0x255555555 rsi=0x5555555555555555 rdi=0x66
 * memory: 0x2000f8 55 55 55 55 55 55 55 55
 * memory: 0x200108 66 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov rax, 0x5555555555555555
	mov [rbx + 0xf8], rax
	mov qword ptr [rbx + 0x108], 0x66
load:	mov rcx, [rbx + 0x100]
overlap: mov rdx, [rbx + 0xfc]
	mov rsi, [rbx + 0xf8]
	mov rdi, [rbx + 0x108]
	end
