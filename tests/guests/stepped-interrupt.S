/*
 * An interrupt that is pending while an instruction is stepped comes after it, and after
 * the shadow of sti and of mov ss: never in the middle, never lost.
 *
 * not: pvm its interpreter does not look for interrupts between any two instructions
 * run: --virtual gpa:0x200000+4096=step,undo=1:memory
 * cpl: own
 * line: fault rip=0x100051 gpa=0x200000 w4 | mov [rdi],0x55 | memory undone | before=0x0 after=0x55
 * line: fault rip=0x100051 gpa=0x200000 w4 | mov [rdi],0x55 | memory stepped | before=0x0 after=0x55
 * line: fault rip=0x100059 gpa=0x200008 w4 | mov [rdi+8],eax | memory stepped | before=0x0 after=0x10
 * line: fault rip={load} gpa=0x200000 r4 | mov ecx,[rdi] | memory stepped | before=0x55 after=0x55
 * line: step rip={ss} gpa=0x200008 r2 | mov ss,[rdi+8] | memory stepped | before=0x10 after=0x10
 * final: rcx=0x55 rdx=0x1 rbx=0x2 r8={first} r9={second}
 */
#include "guest/abi/note.h"
#include "tests/guests/guest.inc"
	guest_abi_note GUEST_WANTS_IRQCHIP

	lea rax, [rip + handler]
	lea rdi, [rip + idt + 16 * 0x40]
	mov [rdi], ax
	mov word ptr [rdi + 2], 0
	mov ecx, cs
	mov [rdi + 2], cx
	mov word ptr [rdi + 4], 0x8e00
	shr rax, 16
	mov [rdi + 6], ax
	shr rax, 16
	mov [rdi + 8], eax
	lidt [rip + idtr]
	mov esi, APIC
	mov dword ptr [rsi + 0xf0], 0x1ff
	xor ebx, ebx
	xor edx, edx
	mov edi, KEPT
	mov dword ptr [rdi], 0x55
	mov eax, ss
	mov [rdi + 8], eax
	mov dword ptr [rsi + 0x300], 0x40040	/* to itself, vector 0x40 */
	sti
load:	mov ecx, [rdi]
first:	cli
	mov r8, r10
	mov dword ptr [rsi + 0x300], 0x40040
	sti
ss:	mov ss, word ptr [rdi + 8]
	inc edx
second:	cli
	mov r9, r10
	end

handler:
	inc ebx
	mov r10, [rsp]
	mov dword ptr [rsi + 0xb0], 0
	iretq

	.balign 8
idtr:	.word 4095
	.quad idt
	.balign 16
idt:	.fill 4096, 1, 0
