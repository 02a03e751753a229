/*
 * A far call through a kept page looks at its selector before it pushes: a null one raises
 * #GP(0), and that the stack is not mapped is not found.
 *
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * run: --virtual gpa:0x200000+4096=log:memory
 * status: 1
 * line/svm: step rip={far} gpa=0x200000 r6 | lcall [rbx] | memory done | mem=0x0
 * line/vmx: step rip={far} gpa=0x200000 r6 | lcall [rbx] | memory done | mem=0x0
 * line/pvm: step rip={far} gpa=0x200000 r6 | lcall [rbx] | memory done | mem=0x0 rsp=0xd0009fd0
 * final: vector=13 error_code=0x0 rsp=0x1000010
 */
#include "tests/guests/guest.inc"

	mov ebx, 0x200000
	mov esp, 0x1000010	/* beyond the end of memory */
far:	call fword ptr [rbx]
	end
