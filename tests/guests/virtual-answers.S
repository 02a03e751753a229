/*
 * What is not an answer to the question that stands is not used: the question comes anew,
 * under a new id, and says so. And an answer may be an exception.
 *
 * run: --timeout 20
 * cpl: own
 * set: small
 * final: r9=0x12 r10=0x0 r11=0x40 r12=0xe r13=0x6 r14=0xc0000040
 * final: rbx=0x8877665544332211 rsi=0x1
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 1, 1
	movabs rax, 0x8877665544332211
	mov [BACK + 0x10040], rax
	lea rax, wrong
	mov [answer], rax
	jmp to_user

/* Answer rightly, but for one thing that differs each time; at last rightly. */
wrong:	mov rax, [rbx + ID]
	cmp rax, [last]				/* always a new one */
	jbe unexpected
	mov [last], rax
	mov ecx, [turns]
	xor edx, edx				/* the first, and after no answer at all, there was none to be refused */
	test ecx, ecx
	setz dl
	xor eax, eax
	cmp ecx, 2
	sete al
	or edx, eax
	movzx eax, byte ptr [rbx + FLAGS]
	shr eax, 1
	and eax, 1
	xor eax, edx
	jz unexpected
	call ram
	mov ecx, [turns]
	inc dword ptr [turns]
	cmp ecx, 0
	jne 1f
	inc qword ptr [rbx + ID]			/* an id that was never given out */
	ret
1:	cmp ecx, 1
	jne 1f
	mov dword ptr [rbx + STATE], ASKED			/* no answer */
	ret
1:	cmp ecx, 2
	jne 1f
	mov qword ptr [rbx + ID], 0
	ret
1:	cmp ecx, 3
	jne 1f
	inc qword ptr [rbx + RIP]
	ret
1:	cmp ecx, 4
	jne 1f
	inc qword ptr [rbx + PART_OF + OFFSET]
	ret
1:	cmp ecx, 5
	jne 1f
	mov byte ptr [rbx + PART_OF + BYTES], 4
	ret
1:	cmp ecx, 6
	jne 1f
	mov word ptr [rbx + PARTS], 2
	ret
1:	cmp ecx, 7
	jne 1f
	mov word ptr [rbx + PARTS], 0xffff
	ret
1:	cmp ecx, 8
	jne 1f
	inc byte ptr [rbx + CODE_SIZE + 1]
	ret
1:	cmp ecx, 9
	jne 1f
	mov byte ptr [rbx + PHASE], STORE
	ret
1:	cmp ecx, 10
	jne 1f
	mov word ptr [rbx + PART], 0x8000
	ret
1:	cmp ecx, 11
	jne 1f
	mov byte ptr [rbx + VERDICT], 77
	ret
1:	cmp ecx, 12
	jne 1f
	mov byte ptr [rbx + VERDICT], 1			/* #DE is none of those that may be */
	mov byte ptr [rbx + FAULT_VECTOR], 0
	ret
1:	cmp ecx, 13
	jne 1f
	mov byte ptr [rbx + VERDICT], 1			/* no CPU takes such an error code */
	mov byte ptr [rbx + FAULT_VECTOR], 14
	mov dword ptr [rbx + FAULT_ERROR], 0x8000
	ret
1:	cmp ecx, 14
	jne 1f
	mov byte ptr [rbx + VERDICT], 2			/* a page that is no memory */
	mov dword ptr [rbx + PART_OF + FRAME], WINDOW / 4096
	ret
1:	cmp ecx, 15
	jne 1f
	mov byte ptr [rbx + VERDICT], 2			/* a page of the area */
	mov dword ptr [rbx + PART_OF + FRAME], AREA / 4096 + 1
	ret
1:	cmp ecx, 16
	jne 1f
	mov byte ptr [rbx + VERDICT], 2			/* none */
	mov dword ptr [rbx + PART_OF + FRAME], 0
	ret
1:	ret

user:	mov edi, WINDOW + 0x40
	mov rbx, [rdi]
	mov r9d, [turns]
	lea rax, pf
	mov [answer], rax
	lea rax, 1f
	mov [resume], rax
	mov r10d, 0x55
	mov r10, [rdi]
	jmp bad
1:	cmp r10d, 0x55
	jne bad
	mov r12, [fault]
	mov r11, [fault_error]
	cmp r11, 7
	jne bad
	mov r14, [fault_cr2]
	lea rax, 1f
	mov [resume], rax
	lea rax, ud
	mov [answer], rax
	lock inc dword ptr [rdi]
	jmp bad
1:	mov r13, [fault]
	xor esi, esi
	cmp dword ptr [RECORD + STATE], EMPTY
	sete sil
	xor r10d, r10d
	mov r11d, 0x40
	end
bad:	end status=1

pf:	mov byte ptr [rbx + VERDICT], 1
	mov byte ptr [rbx + FAULT_VECTOR], 14
	mov dword ptr [rbx + FAULT_ERROR], 7
	mov dword ptr [rbx + STATE], ANSWERED
	ret

ud:	mov byte ptr [rbx + VERDICT], 1
	mov byte ptr [rbx + FAULT_VECTOR], 6
	mov dword ptr [rbx + FAULT_ERROR], -1	/* it has none */
	mov dword ptr [rbx + STATE], ANSWERED
	ret

	.balign 8
last:	.quad 0
turns:	.long 0
