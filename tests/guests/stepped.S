/*
 * A keeper that has each instruction stepped: it is carried out against the keeper's bytes
 * and shown before it counts; the first is undone once, and then happens.
 *
 * run: --virtual gpa:0x200000+4096=step,undo=1:memory
 * line: fault rip={store} gpa=0x200000 w4 | mov [rbx],0x11 | memory undone | before=0x0 after=0x11
 * line: fault rip={store} gpa=0x200000 w4 | mov [rbx],0x11 | memory stepped | before=0x0 after=0x11
 * line: fault rip={locked} gpa=0x200000 rw4 lock | lock inc [rbx] | memory stepped | before=0x11 after=0x12
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory stepped | before=0x12 after=0x12
 * line: fault rip={cross} gpa=0x200ffc w4 part 1/2 | mov [rbx+0xffc],rax | memory stepped | before=0x0 after=0x55667788
 * line: fault rip={back} gpa=0x200ffc r4 part 1/2 | mov rbp,[rbx+0xffc] | memory stepped | before=0x55667788 after=0x55667788
 * line: fault rip={rep} gpa=0x200000 r1 | rep movsb [rdi],[rsi] | memory stepped | before=0x12 after=0x12
 * line: fault rip={rep} gpa=0x200001 r1 | rep movsb [rdi],[rsi] | memory stepped | before=0x0 after=0x0
 * final: rcx=0x0 rdx=0x12 rdi=0x300002 rsi=0x200002 rbp=0x1122334455667788
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0x1111
store:	mov dword ptr [rbx], 0x11
locked:	lock inc dword ptr [rbx]
load:	mov edx, [rbx]
	movabs rax, 0x1122334455667788
cross:	mov [rbx + PAGE - 4], rax
back:	mov rbp, [rbx + PAGE - 4]
	mov esi, KEPT
	mov edi, PLAIN
	mov ecx, 2
rep:	rep movsb
	end
