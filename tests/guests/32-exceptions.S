/*
 * The CPU's own exceptions in each 32-bit mode, from both levels: told with their vector,
 * the place and the registers they found.
 *
 * run: --mode compat
 * status: 1
 * final: vector=6 rcx=0x5 rsp=0x1000000
 * report: exception 6 cr2 0x0 rip {bad}
 *
 * run: --mode 32
 * status: 1
 * final: vector=6 rcx=0x5 rsp=0x1000000
 * report: exception 6 cr2 0x0 rip {bad}
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 *
 * run: --mode 32-paging
 * status: 1
 * final: vector=6 rcx=0x5 rsp=0x1000000
 * report: exception 6 cr2 0x0 rip {bad}
 * not: pvm it has no 32-bit paging
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 *
 * run: --mode pae
 * status: 1
 * final: vector=6 rcx=0x5 rsp=0x1000000
 * report: exception 6 cr2 0x0 rip {bad}
 * not: pvm it has no 32-bit paging
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 */
#include "tests/guests/guest32.inc"

	mov ecx, 5
bad:	ud2
	end
