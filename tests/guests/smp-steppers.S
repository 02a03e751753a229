/*
 * Two vCPUs at a time in private steps, each of whose code lies on a page of its own that is kept: a step that is kicked
 * before it begins loads no instruction twice. `one` and `two` are such pages; tests/smp/run counts the loads.
 *
 * r14: instructions of each, but two.
 *
 * not: vmx its steps take minutes in an emulated CPU
 * run: --cpus 2 --reg r13=2 --reg r14=50 --run-length 0 --virtual sym:one,4096=memory --virtual sym:two,4096=memory
 * cpl: 0
 */
#include "tests/guests/guest.inc"

#define READY 0x00
#define ENDED 0x08

	mov ebp, PLAIN
	lock inc qword ptr [rbp + READY]
1:	pause
	cmp [rbp + READY], r13
	jne 1b
	mov ecx, r14d
	test edi, edi
	jnz other
	call one
2:	pause
	mov rax, [rbp + ENDED]
	inc rax
	cmp rax, r13
	jne 2b
	end
other:	call two
	lock inc qword ptr [rbp + ENDED]
	jmp .

	.balign 4096
	.globl one
one:	dec ecx
	jnz one
	ret
	.balign 4096
	.globl two
two:	dec ecx
	jnz two
	ret
	.balign 4096
