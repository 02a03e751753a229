/*
 * iret and popf from a kept stack that has them stepped, each undone once: the flags of the
 * guest never show the trap flag of the stepping, and one that the guest sets itself traps.
 *
 * not: pvm KVM interprets level 0 and has no iretq
 * run: --virtual gpa:0x200000+4096=step,op=r,undo=1:memory
 * cpl: 0
 * line: step rip={iret} gpa=0x200800 r64 | iretq | memory undone | before=0x100000000000300000000000000000024600000000000000080000000000100041 after=0x100000000000300000000000000000024600000000000000080000000000100041
 * line: step rip={iret} gpa=0x200800 r64 | iretq | memory stepped | before=0x100000000000300000000000000000024600000000000000080000000000100041 after=0x100000000000300000000000000000024600000000000000080000000000100041
 * line: step rip={popf} gpa=0x200400 r8 | popfq | memory stepped | before=0x102 after=0x102
 * line: fault rip={popg} gpa=0x200408 r8 | popfq | memory stepped | before=0x2 after=0x2
 * line: step rip=0x100071 gpa=0x2003e8 r24 | iretq | memory stepped | before=0x20000000000000008000000000010005f after=0x20000000000000008000000000010005f
 * line: step rip=0x100071 gpa=0x200400 r40 | iretq | memory stepped | before=0x100000000000200410 after=0x100000000000200410
 * final: rdx=0x77 rsi=0x246 rcx=0x1 rdi=0x300000
 */
#include "tests/guests/guest.inc"

	lidt [rip + idtr]
	xor ecx, ecx
	mov esp, KEPT + 0x800
	lea rax, [rip + back]
	mov [rsp], rax
	mov qword ptr [rsp + 8], 8
	mov qword ptr [rsp + 16], 0x246
	mov qword ptr [rsp + 24], PLAIN
	mov qword ptr [rsp + 32], 0x10
iret:	iretq
	ud2
back:	mov rdi, rsp
	pushfq
	pop rsi
	cli
	mov esp, KEPT + 0x400
	mov qword ptr [rsp], 0x102
	mov qword ptr [rsp + 8], 2
popf:	popfq			/* the guest's own trap flag: the next instruction traps */
popg:	popfq
	mov edx, 0x77
	end

	/* #DB on a stack of its own would need a TSS: below the kept one, in the same page */
trap:	inc ecx
	iretq

	idt_of 1, trap
