/*
 * An instruction that touches two kept ranges, each of which has it stepped: both are asked
 * with what it did to their bytes; one undoes it, and then nothing of it has happened.
 *
 * run: --virtual gpa:0x200000+4096=step:memory --virtual gpa:0x201000+4096=step,undo=1,op=w:memory
 * line: fault rip={store} gpa=0x200000 w4 | mov [rbx],0x77 | memory stepped | before=0x0 after=0x77
 * line: fault rip={push} gpa=0x200000 r8 | push [rbx] | memory stepped | before=0x77 after=0x77
 * line: fault rip={push} gpa=0x201ff8 w8 | push [rbx] | memory undone | before=0x0 after=0x77
 * line: fault rip={push} gpa=0x200000 r8 | push [rbx] | memory stepped | before=0x77 after=0x77
 * line: fault rip={push} gpa=0x201ff8 w8 | push [rbx] | memory stepped | before=0x0 after=0x77
 * line: fault rip={cross} gpa=0x200ffe w2 part 1/2 | mov [rbx+0xffe],0 | memory stepped | before=0x0 after=0x0
 * line: fault rip={cross} gpa=0x201000 w6 part 2/2 | mov [rbx+0xffe],0 | memory stepped | before=0x0 after=0x0
 * final: rcx=0x77 rsp=0x201ff8 rdx=0x0
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
store:	mov dword ptr [rbx], 0x77
	mov esp, KEPT + 2 * PAGE
push:	push qword ptr [rbx]
cross:	mov qword ptr [rbx + PAGE - 2], 0
	mov ecx, [rsp]
	end
