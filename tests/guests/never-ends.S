/*
 * A guest that never ends is stopped by --timeout with status 124, and its state is
 * that of the moment.
 *
 * not: vmx Bochs takes no interrupt from a guest that masks them: nothing could stop this one
 * run: --timeout 1 --virtual gpa:0x200000+4096=memory
 * status: 124
 * final: rip={stay} stop=timeout
 * report: time limit
 *
 * run: --timeout 1 --virtual gpa:0x200000+4096=counter --reg rbx=0x200000
 * status: 124
 * final: stop=timeout
 * report: time limit
 */
#include "tests/guests/guest.inc"

	test rbx, rbx
	jnz touch
stay:	jmp stay
touch:	mov rcx, [rbx]
	jmp touch
