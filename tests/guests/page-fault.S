/*
 * An access that begins in a kept page and ends in one that is not mapped raises #PF
 * with CR2 at the first byte that cannot be reached; the keeper is not asked.
 *
 * run: --virtual gpa:0xfff000+4096=log:memory
 * status: 1
 * final: cr2=0x1000000 rcx=0x5
 * report: #PF
 * report: 0x1000000
 */
#include "tests/guests/guest.h"

	mov ebx, 0x1000000	/* the end of memory */
	mov ecx, 5
	mov rcx, [rbx - 4]
	end
