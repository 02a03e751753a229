/*
 * What the private step alone carries out, with its operand in a kept page: sgdt, lgdt,
 * a far jump through memory, a stack segment, and iret from a kept stack.
 *
 * not: pvm/0 KVM interprets level 0, and stays in a loop at sgdt on a page without memory
 * run: --virtual gpa:0x200000+64=memory
 * cpl: 0
 * final: rdx=0x77 rcx=0x10 rsi=0x300000
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
sgdt:	sgdt [rbx]
lgdt:	lgdt [rbx]
	lea rax, [rip + there]
	mov [rip + pointer], eax
	movq xmm0, [rip + pointer]
	mov rax, [rip + pointer]
put:	mov [rbx + 16], rax
far:	jmp fword ptr [rbx + 16]
	ud2
there:	mov edx, 0x77
putss:	mov word ptr [rbx + 32], 0x10
loadss:	mov ss, word ptr [rbx + 32]
	mov ecx, ss
	mov esi, PLAIN
	end

	.balign 8
pointer: .long 0
	.word 8, 0
