/*
 * Code fetched from a kept page runs, one instruction at a time; the keeper is told of
 * the bytes of each instruction and of no others. Of an instruction that begins on an
 * ordinary page and ends on the kept one, the keeper is told the end.
 *
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * run: --virtual sym:page,4096=log:memory --reg rax=0
 * line: step rip={loop} gpa=0x10200a r2 | inc eax | memory done | mem=0xc0ff rax=0x1
 * line: step rip=0x10200c gpa=0x10200c r2 | dec ecx | memory done | mem=0xc9ff rcx=0x1
 * line: step rip=0x10200e gpa=0x10200e r2 | jne 0xfffffffffffffffc | memory done | mem=0xfa75
 * line: step rip={loop} gpa=0x10200a r2 | inc eax | memory done | mem=0xc0ff rax=0x2
 * line: step rip=0x10200c gpa=0x10200c r2 | dec ecx | memory done | mem=0xc9ff rcx=0x0
 * line: step rip=0x10200e gpa=0x10200e r2 | jne 0xfffffffffffffffc | memory done | mem=0xfa75
 * line: step rip=0x102010 gpa=0x102010 r1 | ret | memory done | mem=0xc3 rsp=0x1000000
 * final: rax=0x2 rcx=0x0 zf=1
 *
 * run: --virtual sym:page,4096=log:memory --reg rax=1
 * line: step rip={cross} gpa=0x102000 r5 | movabs rbx,0x1122334455667788 | memory done | mem=0x1122334455 rbx=0x1122334455667788
 * line: step rip=0x102005 gpa=0x102005 r5 | jmp 0xffb | memory done | mem=0xff6e9
 * final: rbx=0x1122334455667788
 *
 * run: --virtual sym:page,4096=memory,map=3 --reg rax=0
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * final: rax=0x2 rcx=0x0
 */
#include "tests/guests/guest.inc"

	mov ecx, 2
	test eax, eax
	jnz cross
	call loop
	end
	.balign 4096
	.skip 4096 - 5
cross:	movabs rbx, 0x1122334455667788
	jmp done
	.set page, cross + 5
loop:	inc eax
	dec ecx
	jnz loop
	ret
	.balign 4096
done:	end
