/*
 * A private step asks before it opens: code on a denied page, and a store into one, raise
 * the keeper's fault. What a keeper does not keep as memory stays out of the memory
 * underneath: sgdt into a page of zeros changes nothing, and loads give zeros afterwards.
 *
 * run: --virtual sym:page,4096=deny,fault=gp --reg rax=0
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * status: 1
 * final: vector=13 error_code=0x0 rip={page} rbx=0x1
 *
 * run: --virtual gpa:0x200000+4096=zero --reg rax=1
 * not: pvm/0 KVM interprets level 0, and stays in a loop at sgdt on a page without memory
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * memory: 0x200000 00 00 00 00 00 00 00 00 00 00
 * memory: 0x300000 00 00 00 00 00 00 00 00
 * final: rbx=0x200000
 */
#include "tests/guests/guest.inc"

	cmp eax, 1
	je under
	mov ebx, 1
	jmp page
under:	mov ebx, KEPT
	mov edx, PLAIN
	mov qword ptr [rdx], -1
	sgdt [rbx]
	mov rax, [rbx]
	mov [rdx], rax
	end
	.balign 4096
page:	mov ebx, 2
	end
	.balign 4096
