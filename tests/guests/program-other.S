/*
 * Another program has memory at the addresses of the one that is meant, as a root task has that
 * has all memory mapped to itself: nothing is kept there. The one that is meant is known by its
 * first bytes, which are other ones here until the user mends them.
 *
 * run: --symbols @elf --virtual sym:there,8:u=log:zero
 * cpl: own
 * line: fault rip={spin} gpa=0x600000 r8 | cmp [0x600000],0 | zero done | mem=0x0
 * final: rax=0x77 rcx=0x5a
 */
#include "tests/guests/kernel.inc"

#define THERE 0x600000
	.globl there
	.set there, THERE

kernel:	mov qword ptr [THERE], 0x77
	xor dword ptr [_start], -1		/* another program's */
	jmp to_user

user:	mov ecx, 1000
	mov edx, 0x3fd
1:	in al, dx				/* exits, at level 3 */
	dec ecx
	jnz 1b
	mov rax, [THERE]
	xor dword ptr [_start], -1
spin:	cmp qword ptr [THERE], 0
	jne spin
	mov ecx, 0x5a
	end
