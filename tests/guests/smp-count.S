/*
 * A counter on a virtual page, counted up by several vCPUs with a LOCK: nothing is lost. And one
 * without it, each of whose instructions is a load and a store: on a virtual page that is one too.
 *
 * run: --cpus 2 --reg r13=2 --virtual gpa:0x200000+4096=memory
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * memory: 0x200000 d0 07 00 00 00 00 00 00 d0 07 00 00 00 00 00 00
 * run: --cpus 4 --reg r13=4 --virtual gpa:0x200000+4096=memory --run-length 0
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * memory: 0x200000 a0 0f 00 00 00 00 00 00 a0 0f 00 00 00 00 00 00
 * run: --cpus 4 --reg r13=4 --virtual gpa:0x200000+8=memory --virtual gpa:0x200008+8=memory
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * memory: 0x200000 a0 0f 00 00 00 00 00 00 a0 0f 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov ecx, 1000
	mov edx, 1
again:	lock xadd [rbx], rdx
	mov edx, 1
	inc qword ptr [rbx + 8]
	dec ecx
	jnz again
	mov ebx, PLAIN
	lock inc qword ptr [rbx]
	test edi, edi
	jnz .
wait:	pause
	cmp [rbx], r13
	jne wait
	end
