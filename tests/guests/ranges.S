/*
 * A range may be told by a symbol of the image, by its end, and as virtual addresses;
 * pages of 2 MiB are no hindrance to keep a few bytes.
 *
 * run: --virtual sym:cell,8=log:memory
 * line: fault rip={load} gpa={cell} r8 | mov rcx,[rip+{distance}] | memory done | mem=0x1122 rcx=0x1122
 * final: rcx=0x1122 rdx=0x3344
 *
 * run: --page-size 2M --virtual gpa:0x200000..0x200008=log:memory
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rcx | memory done | mem=0x1122
 * final: rcx=0x1122 rdx=0x3344
 *
 * run: --virtual va:0x200000+8=log:memory
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rcx | memory done | mem=0x1122
 * final: rcx=0x1122 rdx=0x3344
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
load:	mov rcx, [rip + cell]
after:	mov rdx, [rip + cell + 8]
store:	mov [rbx], rcx
	mov [rbx + 8], rdx
	end

	.set distance, cell - after
	.balign 4096
cell:	.quad 0x1122, 0x3344
