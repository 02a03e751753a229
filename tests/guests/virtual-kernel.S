/*
 * A kernel that touches a page which it has declared virtual has broken itself: a report.
 *
 * run: --timeout 20
 * cpl: own
 * set: small
 * status: 1
 * report: the guest's kernel, at CPL 0, touches gpa 0xc0000010, which it has declared virtual
 * final: rax=0x0 rcx=0x5
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 1, 1
	mov ecx, 5
	mov edi, WINDOW
	mov ecx, [rdi + 0x10]
	jmp unexpected
user:	jmp user
