/*
 * The ways a guest ends: HLT at level 0, an exception, its own status.
 *
 * run: --virtual gpa:0x200000+4096=memory --reg rax=0
 * cpl: 0
 * final: stop=hlt rbx=0x5
 *
 * run: --virtual gpa:0x200000+4096=memory --reg rax=0
 * cpl: 3
 * status: 1
 * final: stop=exception vector=13 error_code=0x0 rbx=0x5 rip={halt}
 *
 * run: --reg rax=1
 * status: 1
 * final: stop=exception vector=6 rip={undefined}
 * report: exception 6
 *
 * run: --reg rax=2
 * status: 42
 * final: stop=debug-exit
 */
#include "tests/guests/guest.inc"

	mov ebx, 5
	cmp eax, 1
	je undefined
	ja own
halt:	hlt
undefined: ud2
own:	end 42
