/*
 * An exception whose frame goes to a kept stack: it is delivered once, though the instruction
 * would raise it again each time it is looked at.
 *
 * run: --mode real --virtual gpa:0xf000+4096=log:memory
 * cpl: 0
 * not: pvm its emulator stores the frame as if an instruction did
 * status: 1
 * line: step rip=0x7c00 gpa=0xfffa w6 | (delivery of vector 13) | memory done | mem=0x200007c00 rsp=0xfffa
 * final: vector=13 rcx=0x0
 */
#include "tests/guests/guest16.inc"

	mov cx, [0xffff]	/* beyond the segment; SP is 0, so the frame is at 0xfffa */
	end
