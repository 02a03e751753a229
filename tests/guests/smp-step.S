/*
 * A page that is opened and closed again and again for the private steps of one vCPU (an LLDT of null from it), while the
 * others load from it. The keeper counts its loads, and each load gives a number of its own: one that went to the
 * open page would give an old number, and be missing in the count.
 *
 * r8: loads that are missing. r9: loads that did not give more than the one before them.
 *
 * not: vmx its steps take minutes in an emulated CPU
 * run: --cpus 2 --reg r13=2 --reg r14=2000 --virtual gpa:0x200000+4096=counter
 * cpl: 0
 * final: r8=0x0 r9=0x0
 * run: --cpus 4 --reg r13=4 --reg r14=50 --run-length 0 --virtual gpa:0x200000+4096=counter
 * cpl: 0
 * final: r8=0x0 r9=0x0
 */
#include "tests/guests/guest.inc"

#define READY 0x00
#define OVER 0x08
#define LOADS 0x10
#define OLD 0x18
#define LEFT 0x20

	mov ebx, KEPT
	mov ebp, PLAIN
	xor r8d, r8d
	xor r9d, r9d
	xor r10d, r10d		/* loads of this vCPU */
	lock inc qword ptr [rbp + READY]
1:	pause
	cmp [rbp + READY], r13
	jne 1b
	test edi, edi
	jnz hammer

	mov ecx, r14d
step:	lldt word ptr [rbx + 0x20]
	inc r10
	dec ecx
	jnz step
	mov byte ptr [rbp + OVER], 1
	lea rdx, [r13 - 1]
1:	pause
	cmp [rbp + LEFT], rdx
	jne 1b
	add r10, [rbp + LOADS]
	inc r10
	sub r10, [rbx]
	mov r8, r10
	mov r9, [rbp + OLD]
	end

hammer:	xor edx, edx
2:	mov rax, [rbx]
	cmp rax, rdx
	ja 3f
	inc r9
3:	mov rdx, rax
	inc r10
	cmp byte ptr [rbp + OVER], 0
	je 2b
	lock add [rbp + LOADS], r10
	lock add [rbp + OLD], r9
	lock inc qword ptr [rbp + LEFT]
	jmp .
