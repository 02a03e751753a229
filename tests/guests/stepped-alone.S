/*
 * What only the virtual CPU itself can carry out, for a keeper that has it stepped: a stack
 * segment, a far jump. The first is undone twice: the segment register, the shadow and the
 * bytes are as before, and then it happens.
 *
 * run: --virtual gpa:0x200000+4096=step,op=r,undo=2:memory
 * cpl: 0
 * line: step rip={ss} gpa=0x200020 r2 | mov ss,[rbx+0x20] | memory undone | before=0x10 after=0x10
 * line: step rip={ss} gpa=0x200020 r2 | mov ss,[rbx+0x20] | memory undone | before=0x10 after=0x10
 * line: step rip={ss} gpa=0x200020 r2 | mov ss,[rbx+0x20] | memory stepped | before=0x10 after=0x10
 * line: step rip={far} gpa=0x200010 r6 | ljmp [rbx+0x10] | memory stepped | before=0x800100032 after=0x800100032
 * final: rdx=0x77 rcx=0x10 rbp=0x4 rbx=0x200000
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	xor ebp, ebp
	mov word ptr [rbx + 32], 0x10
ss:	mov ss, word ptr [rbx + 32]
	add ebp, 4
	mov ecx, ss
	lea rax, [rip + there]
	mov [rip + pointer], eax
	mov rax, [rip + pointer]
	mov [rbx + 16], rax
far:	jmp fword ptr [rbx + 16]
	ud2
there:	mov edx, 0x77
	end

	.balign 8
pointer: .long 0
	.word 8, 0
