/*
 * A fault in the middle of a dense loop is the CPU's own: at its instruction, with what was
 * done before and nothing of it.
 *
 * run: --run-length 0 --virtual gpa:0x200000+4096=memory
 * status: 1
 * final: stop=exception vector=14 rip={fault} rcx=0x64 rdx=0x31
 * memory: 0x200000 65 00 00 00
 *
 * run: --virtual gpa:0x200000+4096=memory
 * status: 1
 * final: stop=exception vector=14 rip={fault} rcx=0x64 rdx=0x31
 * memory: 0x200000 65 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov rdi, PLAIN
	xor ecx, ecx
again:	inc dword ptr [rbx]
	cmp ecx, 100
	jne good
	shl rdi, 24			/* nothing is mapped there */
good:
fault:	mov [rdi], ecx
	inc ecx
	mov edx, 0x31
	jmp again
