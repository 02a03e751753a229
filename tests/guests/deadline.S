/*
 * The timer of the APIC that waits for a time stamp wakes a guest that halts: KVM counts that guest's time.
 *
 * run: --timeout 20
 * cpl: own
 * final: rdx=0x5
 */
#include "guest/abi/note.h"
#include "tests/guests/guest.inc"
	guest_abi_note GUEST_WANTS_IRQCHIP

#define APIC 0xfee00000
#define DEADLINE 0x40000
#define VECTOR 0x40
#define MSR_TSC_DEADLINE 0x6e0
#define WAIT 10000000			/* cycles: some milliseconds */

	lidt [rip + idtr]
	mov al, 0xff			/* no interrupts of the PIC's */
	out 0x21, al
	out 0xa1, al
	mov esi, APIC
	mov dword ptr [rsi + 0xf0], 0x1ff
	mov dword ptr [rsi + 0x320], DEADLINE | VECTOR
	mfence				/* the mode before the time: Intel SDM Vol 3, "TSC-Deadline Mode" */
	xor ebx, ebx
arm:	rdtsc
	add eax, WAIT
	adc edx, 0
	mov ecx, MSR_TSC_DEADLINE
	wrmsr
	sti
	hlt
	cli
	cmp ebx, 5
	jne arm
	mov edx, ebx
	end

tick:	inc ebx
	mov dword ptr [rsi + 0xb0], 0
	iretq

	.balign 8
	.word 0, 0, 0
idtr:	.word 4095
	.quad idt
	.balign 16
idt:	.fill VECTOR * 16, 1, 0
	.word tick - _start, 8, 0x8e00, 0x10
	.quad 0
	.balign 4096
