/*
 * #PF in 32-bit code: an access that begins in a kept page and ends in one that is not
 * mapped has CR2 at the first byte that cannot be reached.
 *
 * run: --mode 32-paging --virtual gpa:0xfff000+4096=log:memory --stack 0x800000
 * cpl: 3
 * status: 1
 * final: vector=14 error_code=0x4 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x4 cr2 0x1000000 rip {load}
 * not: pvm it has no 32-bit paging
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 *
 * run: --mode pae --virtual gpa:0xfff000+4096=log:memory --stack 0x800000
 * cpl: 3
 * status: 1
 * final: vector=14 error_code=0x4 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x4 cr2 0x1000000 rip {load}
 * not: pvm it has no 32-bit paging
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 *
 * run: --mode compat --virtual gpa:0xfff000+4096=log:memory --stack 0x800000
 * cpl: 3
 * status: 1
 * final: vector=14 error_code=0x4 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x4 cr2 0x1000000 rip {load}
 *
 * run: --mode 32-paging --virtual gpa:0xfff000+4096=log:memory --stack 0x800000
 * cpl: 0
 * status: 1
 * final: vector=14 error_code=0x0 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x0 cr2 0x1000000 rip {load}
 * not: pvm it has no 32-bit paging
 *
 * run: --mode pae --virtual gpa:0xfff000+4096=log:memory --stack 0x800000
 * cpl: 0
 * status: 1
 * final: vector=14 error_code=0x0 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x0 cr2 0x1000000 rip {load}
 * not: pvm it has no 32-bit paging
 *
 * run: --mode compat --virtual gpa:0xfff000+4096=log:memory --stack 0x800000
 * cpl: 0
 * status: 1
 * final: vector=14 error_code=0x0 cr2=0x1000000 rcx=0x5
 * report: exception 14 error 0x0 cr2 0x1000000 rip {load}
 */
#include "tests/guests/guest32.inc"

	mov ebx, 0x1000000		/* the end of memory */
	mov ecx, 5
load:	mov ecx, [ebx - 2]
	end
