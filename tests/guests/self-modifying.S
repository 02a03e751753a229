/*
 * The same address holds another instruction the second time: what is executed is
 * what the bytes say now.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={patched} gpa=0x200000 rw4 | add [rbx],eax | memory done | mem=0x0->0x3
 * line: fault rip={patched} gpa=0x200000 rw4 | sub [rbx],eax | memory done | mem=0x3->0x0
 * memory: 0x200000 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 3
	mov ecx, 2
patched: add [rbx], eax		/* 01 03; 29 03 is sub */
	mov byte ptr [rip + patched], 0x29
	/* a serialising instruction, as the architecture asks for */
	push rax
	push rbx
	push rcx
	xor eax, eax
	cpuid
	pop rcx
	pop rbx
	pop rax
	dec ecx
	jnz patched
	end
