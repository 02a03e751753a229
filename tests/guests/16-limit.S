/*
 * An access over the end of a 64 KiB segment is #GP, through SS #SS; in real mode
 * without an error code, in protected mode with 0.
 *
 * run: --mode 16 --virtual gpa:0xf000+4096=log:memory --reg rdx=0 --stack 0x8000
 * status: 1
 * line: fault rip={fits} gpa=0xfffe w2 | mov [0xfffe],cx | memory done | mem=0x5
 * final: vector=13 error_code=0x0 rcx=0x5
 * report: exception 13 error 0x0 cr2 0x0 rip {general}
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 * not: pvm it pushes 32-bit frames through 16-bit gates
 *
 * run: --mode 16 --virtual gpa:0xf000+4096=log:memory --reg rdx=1 --stack 0x8000
 * status: 1
 * final: vector=12 error_code=0x0 rcx=0x5 rsp=0x8000
 * report: exception 12 error 0x0 cr2 0x0 rip {stack}
 * not: svm/3 QEMU 7.2 aborts at an exception from ring 3 outside long mode
 * not: pvm it pushes 32-bit frames through 16-bit gates
 *
 * run: --mode real --virtual gpa:0xf000+4096=log:memory --reg rdx=0 --stack 0x8000
 * cpl: 0
 * status: 1
 * line: fault rip={fits} gpa=0xfffe w2 | mov [0xfffe],cx | memory done | mem=0x5
 * final: vector=13 rcx=0x5
 * report: exception 13 cr2 0x0 rip {general}
 *
 * run: --mode real --virtual gpa:0xf000+4096=log:memory --reg rdx=1 --stack 0x8000
 * cpl: 0
 * status: 1
 * final: vector=12 rcx=0x5 rsp=0x8000
 * report: exception 12 cr2 0x0 rip {stack}
 */
#include "tests/guests/guest16.inc"

	mov cx, 5
	mov bp, 0xffff
	test dx, dx
	jnz stack
fits:	mov [0xfffe], cx
general:	mov cx, [0xffff]
	end
stack:	mov cx, [bp]
	end
