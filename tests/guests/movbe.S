/*
 * movbe swaps the bytes on their way, in both directions.
 *
 * not: pvm/0 KVM's interpreter raises #UD for movbe
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={store} gpa=0x200020 w4 | movbe [rbx+0x20],eax | memory done | mem=0x44332211
 * line: fault rip={load} gpa=0x200020 r2 | movbe cx,[rbx+0x20] | memory done | mem=0x2211 rcx=0x1122
 * final: rcx=0x1122
 * memory: 0x200020 11 22 33 44 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0x11223344
store:	movbe [rbx + 0x20], eax
load:	movbe cx, [rbx + 0x20]
	end
