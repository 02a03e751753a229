/*
 * The answer STEP: an instruction is carried out in one go on the bytes of another page of
 * the kernel's, which is then told what was there and what is. The kernel here answers so
 * every time, with BACK + 64 KiB * object, and counts the steps; it notes the last access of each.
 *
 * run: --timeout 20
 * cpl: own
 * set: small
 * final: rax=0x0 rbx=0x11 rcx=0x9 rdx=0x1122334455667799 rsi=0x1122334455667788 rdi=0xc0000000
 * final: r8=0x1 r9=0x0 r10=0x3 r11=0x4 r12=0x0
 * memory: 0x410008 99 77 66 55 44 33 22 11
 * memory: 0x410010 aa aa aa 00
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 1, 1
	movabs rax, 0x1122334455667788
	mov [BACK + 0x10008], rax
	lea rax, answer_step
	mov [answer], rax
	lea rax, stepped
	mov [other], rax
	jmp to_user

answer_step:
	mov dword ptr [rbx + PART_OF + FRAME], (BACK + 0x10000) / 4096
	mov byte ptr [rbx + VERDICT], 2
	mov dword ptr [rbx + STATE], ANSWERED
	ret

stepped:
	cmp dword ptr [rbx + STATE], STEPPED
	jne unexpected
	inc dword ptr [steps]
	mov rax, [rbx + PART_OF + BEFORE]
	mov [before], rax
	mov rax, [rbx + PART_OF + AFTER]
	mov [after], rax
	mov eax, [rbx + PARTS]
	mov [parts], eax
	mov rax, [rsp + 72]			/* where the thread is */
	mov [at], rax
	ret

user:	mov edi, WINDOW
	lock add qword ptr [rdi + 8], 0x11
1:	mov rsi, [before]
	mov rdx, [after]
	xor r9d, r9d
	lea rax, 1b
	cmp rax, [at]				/* it was past the instruction */
	setne r9b
	mov r8d, [parts]
	mov eax, 0xaa
	mov ecx, 3
	mov r10d, [steps]
	add rdi, 0x10
	rep stosb				/* one element a step */
	mov edi, WINDOW
	mov r11d, [steps]
	mov rbx, [rdi + 8]			/* a load */
	sub rbx, rsi
	mov r10, [before]
	cmp r10, [after]
	setne r12b
	xor ecx, ecx
	lea rax, faulted			/* a fault of its own comes instead, and the record is empty */
	mov [resume], rax
	mov ecx, [steps]
	xor edx, edx
	div qword ptr [rdi + 0x100]		/* by zero */
	jmp bad
faulted:
	mov r10d, [fault]
	test r10d, r10d
	jnz bad
	mov eax, [RECORD + STATE]
	cmp eax, EMPTY
	jne bad
	cmp ecx, [steps]
	jne bad
	mov qword ptr [resume], 0
	mov rcx, [rdi + 8]
	mov rdx, rcx
	mov r10d, 3
	mov ecx, [steps]
	push [rdi + 8]				/* onto an ordinary stack: the stack is no part */
	pop rax
	cmp rax, rdx
	jne bad
	mov ecx, [steps]
	mov eax, 0
	mov r10d, 3
	mov ecx, 9
	end
bad:	end status=1

before:	.quad 0
after:	.quad 0
at:	.quad 0
steps:	.long 0
parts:	.long 0
