/*
 * Several vCPUs of a bare guest: all begin at the entry, each with its number and a stack of its
 * own; the guest has ended when the last has halted, or when one ends it.
 *
 * run: --cpus 4
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * cpl: 0
 * final: stop=hlt vcpu=0
 * memory: 0x300000 04 00 00 00 00 00 00 00 01 01 01 01 00
 *
 * run: --cpus 8 --reg r14=1
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * status: 5
 * final: stop=debug-exit
 *
 * run: --cpus 3 --reg r14=2
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * status: 1
 * final: stop=exception vector=6 vcpu=2
 */
#include "tests/guests/guest.inc"

	mov ebx, PLAIN
	push rdi
	pop rsi
	mov byte ptr [rbx + 8 + rsi], 1
	lock inc qword ptr [rbx]
	cmp r14d, 1
	je one_ends
	cmp r14d, 2
	je one_fails
	test edi, edi
	jnz over
wait:	pause
	cmp qword ptr [rbx], 4
	jne wait
	mov ecx, 1000000	/* it is the last to halt */
1:	loop 1b
over:	hlt

one_ends:
	cmp edi, 7
	jne .
	mov al, 5
	out 0xf4, al
	jmp .

one_fails:
	cmp edi, 2
	jne .
	ud2
