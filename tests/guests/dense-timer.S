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

#define PERIODIC 0x20000
#define MASKED 0x10000
#define VECTOR 0x40

	lidt [rip + idtr]
	apic_on
	xor edx, edx
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

	idt_of VECTOR, tick
