/*
 * Pages beside a kept one are not seen: no lines, the right sums.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * final: rcx=0x0 rdx=0x2710
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT + PAGE
	mov ecx, 10000
	mov qword ptr [rbx], 0
again:	inc qword ptr [rbx]
	mov rax, [rbx - PAGE - 8]
	dec ecx
	jnz again
	mov rdx, [rbx]
	end
