/*
 * An access across a page boundary reaches each page's own answerer: the first half
 * kept, the second half kept, both kept. Plain memory gets its part.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={low} gpa=0x200000 w4 part 2/2 | mov [rbx-4],rax | memory done | mem=0x11223344
 * line: fault rip={loadlow} gpa=0x200000 r4 part 2/2 | mov rcx,[rbx-4] | memory done | mem=0x11223344 rcx=0x1122334455667788
 * line: fault rip={high} gpa=0x200ffd w3 part 1/2 | mov [rdx-3],rax | memory done | mem=0x667788
 * line: fault rip={lockhigh} gpa=0x200fff rw1 lock part 1/2 | lock add [rdx-1],esi | memory done | mem=0x66->0x67
 * final: rcx=0x1122334455667788
 * memory: 0x1ffffc 88 77 66 55 44 33 22 11
 * memory: 0x200ffd 88 77 67 56 44 33 22 11 00
 *
 * run: --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x201000+4096=log:memory --virtual gpa:0x1ff000+4096=log:zero
 * line: fault rip={low} gpa=0x1ffffc w4 part 1/2 | mov [rbx-4],rax | zero done | mem=0x55667788
 * line: fault rip={low} gpa=0x200000 w4 part 2/2 | mov [rbx-4],rax | memory done | mem=0x11223344
 * line: fault rip={loadlow} gpa=0x1ffffc r4 part 1/2 | mov rcx,[rbx-4] | zero done | mem=0x0 rcx=0x1122334400000000
 * line: fault rip={loadlow} gpa=0x200000 r4 part 2/2 | mov rcx,[rbx-4] | memory done | mem=0x11223344 rcx=0x1122334400000000
 * line: fault rip={high} gpa=0x200ffd w3 part 1/2 | mov [rdx-3],rax | memory done | mem=0x667788
 * line: fault rip={high} gpa=0x201000 w5 part 2/2 | mov [rdx-3],rax | memory done | mem=0x1122334455
 * line: fault rip={lockhigh} gpa=0x200fff rw1 lock part 1/2 | lock add [rdx-1],esi | memory done | mem=0x66->0x67
 * line: fault rip={lockhigh} gpa=0x201000 rw3 lock part 2/2 | lock add [rdx-1],esi | memory done | mem=0x334455->0x334456
 * final: rcx=0x1122334400000000
 * memory: 0x1ffffc 00 00 00 00 44 33 22 11
 * memory: 0x200ffd 88 77 67 56 44 33 22 11 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov edx, KEPT + PAGE
	mov rax, 0x1122334455667788
	mov esi, 0x101
low:	mov [rbx - 4], rax
loadlow: mov rcx, [rbx - 4]
high:	mov [rdx - 3], rax
lockhigh: lock add [rdx - 1], esi
	end
