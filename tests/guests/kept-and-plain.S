/*
 * A client cannot tell: the same instructions on a kept page and on an ordinary one
 * give the same registers, flags and bytes.
 *
 * run: --virtual gpa:0x200000+4096=memory
 * final: rax=0x1
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	call work
	pushfq
	pop r8
	mov r9, rdx
	mov r10, rcx
	mov ebx, PLAIN
	call work
	pushfq
	pop r11
	xor eax, eax
	cmp r8, r11
	jne different
	cmp r9, rdx
	jne different
	cmp r10, rcx
	jne different
	mov esi, KEPT
	mov edi, PLAIN
	mov ecx, PAGE / 8
	repe cmpsq
	jne different
	mov eax, 1
different:
	end

work:	mov rax, 0x123456789abcdef0
	mov [rbx], rax
	rol dword ptr [rbx + 3], 5
	xor [rbx + 1], ax
	imul rdx, [rbx + 2], 77
	mov edx, [rbx + 5]
	xadd [rbx + 6], rdx
	mov ecx, 40
	lea rdi, [rbx + 64]
	rep stosb
	cmpxchg [rbx + 8], rcx
	sbb ecx, [rbx + 11]
	bswap rcx
	sub [rbx + 70], cl
	ret
