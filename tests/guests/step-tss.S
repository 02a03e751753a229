/*
 * A TSS in a kept page: an event that changes the privilege level, or that has a stack of
 * its own, loads that one stack pointer; loading the task register loads and stores its descriptor.
 *
 * not: pvm KVM interprets level 0, and takes no int from level 3
 * run: --virtual sym:tss,4096=log:memory --page-size 2M
 * cpl: 0
 * line: fault rip={rsp0} gpa=0x102004 w8 | mov [rip+0x1f93],0x301000 | memory done | mem=0x301000
 * line: fault rip={ist1} gpa=0x102024 w8 | mov [rip+0x1fa8],0x303000 | memory done | mem=0x303000
 * line: step rip={inner} gpa=0x102004 r8 | int 0x40 | memory done | mem=0x301000 rsp=0x300fd8
 * line: step rip={own} gpa=0x102024 r8 | int 0x41 | memory done | mem=0x303000 rsp=0x302fd8
 * final: rcx=0x2 rdx=0x301000 rsi=0x303000
 */
#include "tests/guests/guest.inc"

	mov rax, cr3			/* user rights on the first 4 MiB */
	or qword ptr [rax], 4
	mov rbx, [rax]
	and rbx, ~0xfff
	or qword ptr [rbx], 4
	mov rbx, [rbx]
	and rbx, ~0xfff
	or qword ptr [rbx], 4
	or qword ptr [rbx + 8], 4
	mov cr3, rax
	lea rax, [rip + tss]
	lea rbx, [rip + gdt + 0x28]
	mov word ptr [rbx], 103
	mov [rbx + 2], ax
	shr rax, 16
	mov [rbx + 4], al
	mov byte ptr [rbx + 5], 0x89
	mov [rbx + 7], ah
	lgdt [rip + gdtr]
	lidt [rip + idtr]
	mov eax, 0x28
	ltr ax
rsp0:	mov qword ptr [rip + tss + 4], 0x301000
ist1:	mov qword ptr [rip + tss + 36], 0x303000
	xor ecx, ecx
	push 0x23
	push 0x305000
	push 2
	push 0x1b
	lea rax, [rip + user]
	push rax
	iretq
user:	
inner:	int 0x40
own:	int 0x41
	ud2

forty:	inc ecx
	lea rdx, [rsp + 40]
	iretq
last:	inc ecx
	lea rsi, [rsp + 40]
	end

	.balign 8
gdtr:	.word 0x37
	.quad gdt
gdt:	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00affb000000ffff, 0x00cff3000000ffff, 0, 0
	.word 0, 0, 0
idtr:	.word 4095
	.quad idt
	.balign 16
idt:	.fill 0x40 * 16, 1, 0
	.word forty - _start, 8, 0xee00, 0x10
	.quad 0
	.word last - _start, 8, 0xee01, 0x10
	.quad 0
	.fill 190 * 16, 1, 0
	.balign 4096
tss:	.fill 4096, 1, 0
