/*
 * An access that begins in a kept page and ends in one that is not mapped raises #PF
 * with CR2 at the first byte that cannot be reached; the keeper is not asked.
 *
 * run: --virtual gpa:0xfff000+4096=log:memory
 * cpl: 3
 * status: 1
 * final: vector=14 error_code=0x4 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x4 cr2 0x1000000 rip {load}
 *
 * run: --virtual gpa:0xfff000+4096=log:memory
 * cpl: 0
 * status: 1
 * final: vector=14 error_code=0x0 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x0 cr2 0x1000000 rip {load}
 */
#include "tests/guests/guest.inc"

	mov ebx, 0x1000000	/* the end of memory */
	mov ecx, 5
load:	mov rcx, [rbx - 4]
	end
