/*
 * An access through a segment register that holds the null selector is #GP(0).
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory
 * cpl: 0 3
 * status: 1
 * line: fault rip=0x100009 gpa=0x200000 w4 | mov [0x200000],ecx | memory done | mem=0x5
 * final: vector=13 error_code=0x0 rcx=0x5
 * report: exception 13 error 0x0 cr2 0x0 rip {fault}
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 */
#include "tests/guests/guest32.inc"

	xor eax, eax
	mov gs, eax
	mov ecx, 5
	mov ds:[KEPT], ecx
fault:	mov gs:[KEPT], ecx
	end
