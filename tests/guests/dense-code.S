/*
 * A run whose code changes itself: each round stores the immediate that the next one adds.
 *
 * run: --run-length 0 --virtual gpa:0x200000+4096=memory
 * final: rcx=0x0 rdx=0x10
 * memory: 0x200000 b8 0b 00 00
 *
 * run: --virtual gpa:0x200000+4096=memory
 * final: rcx=0x0 rdx=0x10
 * memory: 0x200000 b8 0b 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov ecx, 100
again:	mov edx, 16
	mov eax, [rbx]
	mov byte ptr [rip + changed - 1], dl	/* of the next add */
	add eax, 0x7f
	.byte 0x83, 0xc0, 0x70		/* add eax,0x70, which becomes 0x10 */
changed:
	sub eax, 0x71
	mov [rbx], eax
	dec ecx
	jnz again
	end
