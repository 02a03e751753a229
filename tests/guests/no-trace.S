/*
 * An instruction of which one access is refused leaves no trace: no other keeper has
 * seen it, no register and no byte has changed, also in the page it begins in.
 *
 * run: --virtual gpa:0x200000+4096=log:counter --virtual gpa:0x201000+4096=log:deny --reg rcx=0
 * status: 1
 * line: fault rip={copy} gpa=0x201008 w8 | movsq [rdi],[rsi] | deny deny | #GP(0)
 * final: vector=13 error_code=0x0 rsi=0x200000 rdi=0x201008
 *
 * run: --virtual gpa:0x200000+4096=log:counter --virtual gpa:0x201000+4096=log:deny --reg rcx=1
 * status: 1
 * line: fault rip={push} gpa=0x201ff8 w8 | push [rbx] | deny deny | #GP(0)
 * final: vector=13 error_code=0x0 rsp=0x202000
 *
 * run: --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x201000+4096=log:deny --reg rcx=2
 * status: 1
 * line: fault rip={cross} gpa=0x201000 w4 part 2/2 | mov [rbx+0xffc],rax | deny deny | #GP(0)
 * final: vector=13 error_code=0x0
 * memory: 0x200ffc 00 00 00 00
 *
 * run: --virtual gpa:0x201000+4096=log:deny --reg rcx=2
 * not: pvm/0 KVM's interpreter stores the half that is ordinary memory before it asks for the other
 * status: 1
 * line: fault rip={cross} gpa=0x201000 w4 part 2/2 | mov [rbx+0xffc],rax | deny deny | #GP(0)
 * memory: 0x200ffc 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov esi, KEPT
	mov edi, KEPT + PAGE + 8
	mov rax, -1
	cmp ecx, 1
	jb copy
	je stack
cross:	mov [rbx + PAGE - 4], rax
stack:	lea rsp, [rbx + 2 * PAGE]
push:	push [rbx]
copy:	movsq
