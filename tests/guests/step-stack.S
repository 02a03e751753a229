/*
 * An exception whose stack is in a kept page: the frame is one store of 40 bytes to its
 * keeper, with the guest's own trap flag; iret pops it from there.
 *
 * not: pvm/0 KVM interprets level 0, and reports a triple fault where it cannot write the stack
 * run: --virtual gpa:0x200000+4096=log,op=w:memory
 * cpl: 0
 * line: step rip={fault} gpa=0x2007d8 w40 | (delivery of vector 6) | memory done | mem=0x100000000000200800000000000001004600000000000000080000000000100016 rsp=0x2007d8
 * line: fault rip={add} gpa=0x2007d8 rw8 | add [rsp],2 | memory done | mem=0x100016->0x100018
 * final: rcx=0x1 rsp=0x200800 rdx=0x200800
 *
 * run: --virtual gpa:0x200000+4096=step,op=w,undo=2:memory
 * cpl: 0
 * line: step rip={fault} gpa=0x2007d8 w40 | (delivery of vector 6) | memory undone | before=0x0 after=0x100000000000200800000000000001004600000000000000080000000000100016
 * line: step rip={fault} gpa=0x2007d8 w40 | (delivery of vector 6) | memory undone | before=0x0 after=0x100000000000200800000000000001004600000000000000080000000000100016
 * line: step rip={fault} gpa=0x2007d8 w40 | (delivery of vector 6) | memory stepped | before=0x0 after=0x100000000000200800000000000001004600000000000000080000000000100016
 * line: fault rip={add} gpa=0x2007d8 rw8 | add [rsp],2 | memory stepped | before=0x100016 after=0x100018
 * final: rcx=0x1 rsp=0x200800 rdx=0x200800
 */
#include "tests/guests/guest.inc"

	lidt [rip + idtr]
	mov rbp, rsp
	mov ecx, 2
	xor ecx, ecx
	mov esp, KEPT + 0x800
fault:	ud2
	mov rdx, rsp
	end

bad:	inc ecx
add:	add qword ptr [rsp], 2
return:	iretq

	idt_of 6, bad
