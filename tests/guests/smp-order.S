/*
 * Store buffering and message passing between two vCPUs, on a virtual page. Accesses of a vCPU happen in its order,
 * and each at one moment for all: so of the two who each store 1 and then load the other's, one at least finds the 1
 * (on memory both may find 0); and who finds the flag finds the message.
 *
 * r8: rounds in which both found 0. r9: flags without their message.
 *
 * run: --cpus 2 --virtual gpa:0x200000+4096=memory
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * final: r8=0x0 r9=0x0 r10=0x3e8
 * run: --cpus 2 --virtual gpa:0x200000+64=memory --virtual gpa:0x200040+4032=memory --run-length 0
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * final: r8=0x0 r9=0x0 r10=0x3e8
 */
#include "tests/guests/guest.inc"

#define ROUNDS 1000
#define X 0x00 /* stored by 0 */
#define Y 0x40 /* stored by 1 */
#define MESSAGE 0x80
#define FLAG 0xc0
#define FOUND 0x10 /* in memory: what 1 found, and the two rendezvous */
#define HERE 0x20
#define DONE 0x30

	mov ebx, KEPT
	mov ebp, PLAIN
	xor r8d, r8d
	xor r9d, r9d
	xor r10d, r10d		/* rounds done */
	mov r11d, edi
	shl r11d, 6		/* X or Y */
	mov r12d, r11d
	xor r12d, 0x40		/* the other's */

round:	inc r10
	lock inc qword ptr [rbp + HERE]
	lea rdx, [r10 + r10]
1:	pause
	cmp [rbp + HERE], rdx
	jb 1b
	mov [rbx + r11], r10	/* store buffering: the round's number stands for 1 */
	mov rax, [rbx + r12]
	test edi, edi
	jz first

	mov [rbp + FOUND], rax
	mov [rbx + MESSAGE], r10 /* message passing: 1 sends */
	mov [rbx + FLAG], r10
	lock inc qword ptr [rbp + DONE]
2:	pause
	cmp [rbp + DONE], rdx
	jb 2b
	jmp next

first:	mov r14, [rbx + FLAG]
	mov r15, [rbx + MESSAGE]
	cmp r15, r14
	jae 3f
	inc r9
3:	cmp r14, r10
	jne first		/* until it is there */
	cmp rax, r10
	je 4f
	cmp [rbp + FOUND], r10
	je 4f
	inc r8			/* neither found this round's */
4:	lock inc qword ptr [rbp + DONE]
5:	pause
	cmp [rbp + DONE], rdx
	jb 5b

next:	cmp r10d, ROUNDS
	jne round
	test edi, edi
	jnz .
	end
