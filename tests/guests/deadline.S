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

#define DEADLINE 0x40000
#define VECTOR 0x40
#define MSR_TSC_DEADLINE 0x6e0
#define WAIT 10000000			/* cycles: some milliseconds */

	lidt [rip + idtr]
	apic_on
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

	idt_of VECTOR, tick
