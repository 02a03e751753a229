/*
 * Virtual-8086 mode is not carried out: the guest stops with words.
 *
 * run: --mode 32 --virtual gpa:0x8000+4096=log:memory
 * cpl: 0
 * status: 5
 * report: virtual-8086 mode is not carried out
 * not: pvm its emulator has no iret to virtual-8086 mode
 */
#include "tests/guests/guest32.inc"

	mov eax, 0xc3050789		/* mov [bx], ax */
	mov dword ptr [LOW + 0x1000], 0xf4900789
	mov ebx, LOW
	push 0				/* gs fs ds es ss */
	push 0
	push 0
	push 0
	push 0
	push 0x7000			/* esp */
	push 0x23002			/* eflags: VM, IOPL 3 */
	push 0				/* cs */
	push LOW + 0x1000
	iret
