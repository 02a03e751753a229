/*
 * Wide and many: an area of FXSAVE in parts, cmpxchg16b, ENTER with a few levels,
 * a locked operation half on ordinary memory, the stack over two objects.
 *
 * run: --timeout 30
 * cpl: own
 * final: rax=0x0 rbx=0x3 rcx=0x1 rdx=0x1122334455667788 rsi=0x99 r8=0x7 r9=0x1 r10=0x5
 * memory: 0x410100 01 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 2, 1
	declare WINDOW + 0x2000, 1, 2
	declare 0x500000, 1, 3
	jmp to_user

user:	mov edi, WINDOW
	movabs rax, 0x1122334455667788
	movq xmm7, rax
	fld1
	fxsave [rdi + 0x400]			/* in parts of 64 bytes and less */
	pxor xmm7, xmm7
	fninit
	fxrstor [rdi + 0x400]
	movq rdx, xmm7
	sub rsp, 8
	fistp qword ptr [rsp]
	pop r9
	mov rax, r9				/* 1 */
	mov qword ptr [rdi + 0x100], 5
	mov qword ptr [rdi + 0x108], 6
	mov eax, 5
	mov rsi, rdx
	mov edx, 6
	mov ebx, 1
	mov ecx, 3
	lock cmpxchg16b [rdi + 0x100]
	setz cl
	movzx ecx, cl
	mov rdx, rsi
	mov ebp, 0x4ffffc
	mov dword ptr [rbp], -1			/* half in memory, half in object 3 */
	mov dword ptr [rbp + 4], 6
	lock inc qword ptr [rbp]
	mov r8d, [rbp + 4]
	mov ebx, [rbp]
	test ebx, ebx
	jnz bad
	mov rsi, rsp
	lea rsp, [rdi + 0x2004]			/* the stack crosses from object 2 to object 1 */
	push 0x99
	mov r10, [rsp]
	cmp r10, 0x99
	jne bad
	pop rax
	lea rax, [rdi + 0x2004]
	cmp rax, rsp
	jne bad
	lea rsp, [rdi + 0x1f00]
	lea rbp, [rdi + 0x1f80]
	enter 16, 3				/* loads and stores of frame pointers */
	leave
	lea rax, [rdi + 0x1f80]
	cmp rax, rbp
	jne bad
	mov rsp, rsi
	mov esi, 0x99
	mov r10d, 5
	mov ebx, 3
	xor eax, eax
	end
bad:	end status=1
