/*
 * device.S: it reads a device that counts (keeper counter at KEPT), stores to it, moves bytes from it by REP,
 * and ends with a status made of all it read. rsi, a register to begin with, says what it does otherwise:
 *
 *   0  nothing      1  another value    2  another address     3  another size
 *   4  a load more, by another instruction   5  a load instead of a store
 *   6  it ends early                    7  it goes on at the end
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov r8, rsi
	xor edx, edx
	mov ecx, 10
again:
	mov rax, [rbx]
	add rdx, rax
	cmp ecx, 5
	je middle
	nop # so that no byte before the store can be read as a prefix of it
store:	mov [rbx + 8], rdx
next:
	lock add dword ptr [rbx + 16], 3
	dec ecx
	jnz again

	lea rsi, [rbx + 1]
	lea rdi, [rbx + 0x100]
	mov ecx, 4
	rep movsb
	push qword ptr [rbx]
	pop rax
	add rdx, rax
	cmp r8, 7
	jne finish
	mov rax, [rbx]
finish:
	and edx, 0x3f
	mov eax, edx
	out 0xf4, al
	hlt

middle:
	cmp r8, 1
	je value
	cmp r8, 2
	je address
	cmp r8, 3
	je size
	cmp r8, 4
	je more
	cmp r8, 5
	je load
	cmp r8, 6
	je finish
	jmp store
value:	inc rdx
	jmp store
address:
	add rbx, 8
	jmp store
size:	mov [rbx + 8], edx
	jmp next
more:	mov rax, [rbx]
	jmp store
load:	mov rdx, [rbx + 8]
	jmp next
