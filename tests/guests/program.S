/*
 * A range at the addresses of a program: while the kernel has other memory there, and when the kernel
 * touches that, nothing is kept; once the program runs, its memory is, though it makes no exit
 * by itself. It goes on when the keeper, not its memory, answers.
 *
 * run: --virtual va:0x600000+8:u=log:zero
 * cpl: own
 * line: fault rip={spin} gpa=0x800000 r8 | cmp [0x600000],0 | zero done | mem=0x0
 * final: rax=0x7788 rcx=0x5a
 */
#include "tests/guests/kernel.inc"

#define THERE 0x600000

kernel:	mov qword ptr [THERE], 0x77		/* as the boot tables map it: to itself */
	mov rbx, cr3
	mov rbx, [rbx]
	and rbx, -4096
	mov rbx, [rbx]
	and rbx, -4096
	add qword ptr [rbx + 3 * 8], 0x200000	/* now to 0x800000 */
	mov rax, cr3
	mov cr3, rax
	mov qword ptr [THERE], 0x7788
	mov edx, 0x3fd
	in al, dx				/* an exit, at level 0 */
	jmp to_user

user:	mov rax, [THERE]
spin:	cmp qword ptr [THERE], 0
	jne spin
	mov ecx, 0x5a
	end
