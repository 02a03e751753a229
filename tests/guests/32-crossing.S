/*
 * 32-bit code: an access over the end of a kept page into another keeper's and into
 * plain memory, by 32-bit tables of both kinds and without any.
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x201000+4096=log:counter
 * line: fault rip={both} gpa=0x200ffe w2 part 1/2 | mov [ebx-2],eax | memory done | mem=0x5678
 * line: fault rip={both} gpa=0x201000 w2 part 2/2 | mov [ebx-2],eax | counter done | mem=0x1234
 * line: fault rip={half} gpa=0x201ffd w3 part 1/2 | mov [ebx+0xffd],eax | counter done | mem=0x345678
 * line: fault rip={add} gpa=0x200ffd rw3 part 1/2 | add [ebx-3],eax | memory done | mem=0x567800->0x8ace78
 * line: fault rip={add} gpa=0x201000 rw1 part 2/2 | add [ebx-3],eax | counter done | mem=0x1->0x13
 * line: fault rip={under} gpa=0x200000 rw1 part 2/2 | inc [ebx-0x1001] | memory done | mem=0x0->0x0
 * memory: 0x200ffd 78 ce 8a
 * memory: 0x202000 12
 * memory: 0x1fffff 01 00
 *
 * run: --mode 32-paging --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x201000+4096=log:counter
 * line: fault rip={both} gpa=0x200ffe w2 part 1/2 | mov [ebx-2],eax | memory done | mem=0x5678
 * line: fault rip={both} gpa=0x201000 w2 part 2/2 | mov [ebx-2],eax | counter done | mem=0x1234
 * line: fault rip={half} gpa=0x201ffd w3 part 1/2 | mov [ebx+0xffd],eax | counter done | mem=0x345678
 * line: fault rip={add} gpa=0x200ffd rw3 part 1/2 | add [ebx-3],eax | memory done | mem=0x567800->0x8ace78
 * line: fault rip={add} gpa=0x201000 rw1 part 2/2 | add [ebx-3],eax | counter done | mem=0x1->0x13
 * line: fault rip={under} gpa=0x200000 rw1 part 2/2 | inc [ebx-0x1001] | memory done | mem=0x0->0x0
 * memory: 0x200ffd 78 ce 8a
 * memory: 0x202000 12
 * memory: 0x1fffff 01 00
 * not: pvm it has no 32-bit paging
 *
 * run: --mode pae --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x201000+4096=log:counter
 * line: fault rip={both} gpa=0x200ffe w2 part 1/2 | mov [ebx-2],eax | memory done | mem=0x5678
 * line: fault rip={both} gpa=0x201000 w2 part 2/2 | mov [ebx-2],eax | counter done | mem=0x1234
 * line: fault rip={half} gpa=0x201ffd w3 part 1/2 | mov [ebx+0xffd],eax | counter done | mem=0x345678
 * line: fault rip={add} gpa=0x200ffd rw3 part 1/2 | add [ebx-3],eax | memory done | mem=0x567800->0x8ace78
 * line: fault rip={add} gpa=0x201000 rw1 part 2/2 | add [ebx-3],eax | counter done | mem=0x1->0x13
 * line: fault rip={under} gpa=0x200000 rw1 part 2/2 | inc [ebx-0x1001] | memory done | mem=0x0->0x0
 * memory: 0x200ffd 78 ce 8a
 * memory: 0x202000 12
 * memory: 0x1fffff 01 00
 * not: pvm it has no 32-bit paging
 */
#include "tests/guests/guest32.inc"

	mov ebx, KEPT + 0x1000
	mov eax, 0x12345678
both:	mov [ebx - 2], eax
half:	mov [ebx + 0xffd], eax
add:	add [ebx - 3], eax
under:	inc word ptr [ebx - 0x1001]
	end
