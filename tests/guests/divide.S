/*
 * div with a kept operand gives the CPU's quotient and remainder; by zero it raises
 * #DE at the instruction.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * status: 1
 * line: fault rip={put} gpa=0x200000 w4 | mov [rbx],7 | memory done | mem=0x7
 * line: fault rip={good} gpa=0x200000 r4 | div [rbx] | memory done | mem=0x7 rax=0xe rdx=0x2
 * final: vector=0 rdx=0x2 rip={bad}
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 100
	xor edx, edx
put:	mov dword ptr [rbx], 7
good:	div dword ptr [rbx]
bad:	div dword ptr [rbx + 4]
	end
