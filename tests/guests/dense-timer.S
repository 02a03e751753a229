/*
 * A guest that does nothing but touch a kept page still gets its timer's interrupts: a run
 * ends in time.
 *
 * run: --timeout 20 --virtual gpa:0x200000+4096=memory
 * cpl: own
 * final: rdx=0x5 rcx=0x0
 *
 * run: --timeout 20 --run-length 1000000 --virtual gpa:0x200000+4096=memory
 * cpl: own
 * final: rdx=0x5 rcx=0x0
 */
#include "guest/abi/note.h"
#include "tests/guests/guest.inc"
	guest_abi_note GUEST_WANTS_IRQCHIP

#define APIC 0xfee00000
#define PERIODIC 0x20000
#define MASKED 0x10000
#define VECTOR 0x40

	lidt [rip + idtr]
	mov al, 0xff			/* no interrupts of the PIC's */
	out 0x21, al
	out 0xa1, al
	mov esi, APIC
	xor edx, edx
	mov dword ptr [rsi + 0xf0], 0x1ff
	mov dword ptr [rsi + 0x3e0], 0xb	/* count by one */
	mov dword ptr [rsi + 0x320], PERIODIC | VECTOR
	mov dword ptr [rsi + 0x380], 3000000
	mov ebx, KEPT
	sti
touch:	inc qword ptr [rbx]
	jmp touch

tick:	inc edx
	mov dword ptr [rsi + 0xb0], 0
	cmp edx, 5
	je enough
	iretq
enough:	mov dword ptr [rsi + 0x320], MASKED
	xor ecx, ecx
	end

	.balign 8
	.word 0, 0, 0
idtr:	.word 4095
	.quad idt
	.balign 16
idt:	.fill VECTOR * 16, 1, 0
	.word tick - _start, 8, 0x8e00, 0x10
	.quad 0
	.balign 4096
