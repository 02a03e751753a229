/*
 * An exception whose frame would go to a kept stack ends in a report that says so, also
 * where the instruction would raise it again each time it is looked at.
 *
 * run: --mode real --virtual gpa:0xf000+4096=memory
 * cpl: 0
 * not: pvm its emulator stores the frame as if an instruction did
 * status: 5
 * report: delivering vector 13 touches a virtual page (IDT, GDT, TSS or stack)
 */
#include "tests/guests/guest16.inc"

	mov cx, [0xffff]	/* beyond the segment; SP is 0, so the frame is at 0xfffa */
	end
