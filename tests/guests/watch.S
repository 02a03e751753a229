/*
 * watch stops the guest before the next instruction once its predicate holds, here
 * when the value 0 is put over another one; the state is that after the store.
 *
 * run: --virtual gpa:0x200000+4096=watch,new=0,old!=0:log:memory
 * status: 1
 * line: fault rip={zero0} gpa=0x200000 w8 | mov [rbx],0 | memory done | mem=0x0
 * line: fault rip={one} gpa=0x200000 w8 | mov [rbx],1 | memory done | mem=0x1
 * line: fault rip={zero} gpa=0x200000 w8 | mov [rbx],rcx | memory done | mem=0x0
 * final: rcx=0x0 rdx=0x0
 * report: watch
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	xor ecx, ecx
	xor edx, edx
zero0:	mov qword ptr [rbx], 0
one:	mov qword ptr [rbx], 1
zero:	mov [rbx], rcx
	inc edx
	end
