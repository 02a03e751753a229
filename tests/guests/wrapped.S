/*
 * Keepers stack: watch reports a value's range and lets the guest go on, log writes
 * only the stores, memory answers both.
 *
 * run: --virtual gpa:0x200000+4096=watch,report,new>=2,new<4:log,op=w:memory
 * line: fault rip={store} gpa=0x200000 w1 | mov [rbx],al | memory done | mem=0x1
 * line: fault rip={store} gpa=0x200000 w1 | mov [rbx],al | memory done | mem=0x2
 * line: watch rip={store} gpa=0x200000 w1 | memory offset=0x0 old 0x1 new 0x2 | watch,report,new>=2,new<4:log,op=w:memory
 * line: fault rip={store} gpa=0x200000 w1 | mov [rbx],al | memory done | mem=0x3
 * line: watch rip={store} gpa=0x200000 w1 | memory offset=0x0 old 0x2 new 0x3 | watch,report,new>=2,new<4:log,op=w:memory
 * line: fault rip={store} gpa=0x200000 w1 | mov [rbx],al | memory done | mem=0x4
 * final: rcx=0x4
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	xor eax, eax
next:	inc eax
store:	mov [rbx], al
	movzx ecx, byte ptr [rbx]
	cmp eax, 4
	jne next
	end
