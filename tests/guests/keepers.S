/*
 * What the simple keepers answer: zero gives zero and forgets, counter counts, rom
 * keeps its bytes and drops what it is told to drop.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096=log:zero
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rax | zero done | mem=0x9
 * line: fault rip={load} gpa=0x200000 r8 | mov rcx,[rbx] | zero done | mem=0x0 rcx=0x0
 * line: fault rip={next} gpa=0x200008 r8 | mov rdx,[rbx+8] | zero done | mem=0x0 rdx=0x0
 * final: rcx=0x0 rdx=0x0
 *
 * run: --virtual gpa:0x200000+4096=log:counter
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rax | counter done | mem=0x9
 * line: fault rip={load} gpa=0x200000 r8 | mov rcx,[rbx] | counter done | mem=0x1 rcx=0x1
 * line: fault rip={next} gpa=0x200008 r8 | mov rdx,[rbx+8] | counter done | mem=0x1 rdx=0x1
 * final: rcx=0x1 rdx=0x1
 *
 * run: --virtual gpa:0x200000+4096=log:rom,ignore
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rax | rom done | mem=0x9
 * line: fault rip={load} gpa=0x200000 r8 | mov rcx,[rbx] | rom done | mem=0x0 rcx=0x0
 * line: fault rip={next} gpa=0x200008 r8 | mov rdx,[rbx+8] | rom done | mem=0x0 rdx=0x0
 * memory: 0x200000 00 00 00 00 00 00 00 00
 *
 * run: --virtual gpa:0x200000+4096=log:rom
 * cpl: 3
 * status: 1
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rax | rom deny | #PF(auto)
 * final: vector=14 error_code=0x7 cr2=0x200000
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 9
	mov rcx, -1
	mov rdx, -1
store:	mov [rbx], rax
load:	mov rcx, [rbx]
next:	mov rdx, [rbx + 8]
	end
