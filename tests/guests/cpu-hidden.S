/*
 * An instruction whose feature --cpu hides runs all the same, as on a CPU that is not told otherwise: by the CPU, and on
 * a virtual page too, with runs and without.
 *
 * not: pvm/0 KVM's interpreter asks CPUID
 * not: vmx Bochs is given an older CPU
 * run: --cpu host,-popcnt,-movbe,-bmi1 --virtual gpa:0x200000+4096=memory
 * final: r8=0x140 r9=0x0 r10=0xfffffffff0f0f0f0
 * run: --cpu host,-popcnt,-movbe,-bmi1 --virtual gpa:0x200000+4096=memory --run-length 0
 * final: r8=0x140 r9=0x0 r10=0xfffffffff0f0f0f0
 * run: --cpu host,-popcnt,-movbe,-bmi1
 * final: r8=0x140 r9=0x0 r10=0xfffffffff0f0f0f0
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0xf0f0f0f
	mov [rbx], rax
	xor r8d, r8d
	mov ecx, 20
again:	popcnt rax, [rbx]
	add r8, rax
	dec ecx
	jnz again
	mov r9, -1
	andn r10, r9, [rbx]	/* 0 */
	movbe r9, [rbx]
	shl r9, 32
	movbe r9, [rbx + 8]
	xor eax, eax
	not rax
	mov r10d, 0xf0f0f0f
	andn r10, r10, rax
	end
