/*
 * guest.h: what every guest test begins with.
 *
 * Intel syntax, as in the access lines. The code is at 0x100000, identity-mapped,
 * with a stack; it may be written. A page at KEPT is what tests put a keeper over;
 * PLAIN is ordinary memory. Labels may be used in expectations, as {label}.
 */
#define KEPT 0x200000
#define PLAIN 0x300000
#define PAGE 0x1000

	.intel_syntax noprefix
	.text
	.globl _start
_start:

/* The end, at any level: every register and flag stays but rax, which is kept in r15. */
.macro end status=0
	mov r15, rax
	mov eax, \status
	out 0xf4, al
	hlt
.endm
