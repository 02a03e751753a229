/*
 * The CPU's own exceptions in 16-bit code: told with their vector, the place and the
 * registers they found.
 *
 * run: --mode 16
 * status: 1
 * final: vector=6 rcx=0x5 rsp=0x8000
 * report: exception 6 cr2 0x0 rip {bad}
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 * not: pvm it pushes 32-bit frames through 16-bit gates
 *
 * run: --mode real
 * cpl: 0
 * status: 1
 * final: vector=6 rcx=0x5 rsp=0x8000
 * report: exception 6 cr2 0x0 rip {bad}
 */
#include "tests/guests/guest16.inc"

	mov cx, 5
	mov sp, 0x8000
bad:	ud2
	end
