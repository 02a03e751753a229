/*
 * A loop that sets TF: the single step comes after the instruction that follows popf, wherever
 * the loop has been carried out.
 *
 * run: --run-length 0 --virtual gpa:0x200000+4096=memory
 * status: 1
 * final: stop=exception vector=1 rip={trapped} rcx=0x32
 *
 * run: --virtual gpa:0x200000+4096=memory
 * status: 1
 * final: stop=exception vector=1 rip={trapped} rcx=0x32
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov ecx, 100
again:	inc dword ptr [rbx]
	inc dword ptr [rbx]
	dec ecx
	cmp ecx, 50
	jne again
	pushfq
	or dword ptr [rsp], 0x100
	popfq
	inc dword ptr [rbx]
trapped: jmp again
