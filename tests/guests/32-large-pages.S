/*
 * Large pages: 4 MiB with 32-bit paging, 2 MiB with PAE.
 *
 * run: --mode 32-paging --page-size 4M --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={store} gpa=0x200ffe w2 part 1/2 | mov [ebx+0xffe],eax | memory done | mem=0x5678
 * line: fault rip={load} gpa=0x200ffc r4 | mov ecx,[ebx+0xffc] | memory done | mem=0x56780000 rcx=0x56780000
 * final: rcx=0x56780000
 * memory: 0x200ffe 78 56 34 12
 * not: pvm it has no 32-bit paging
 *
 * run: --mode pae --page-size 2M --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={store} gpa=0x200ffe w2 part 1/2 | mov [ebx+0xffe],eax | memory done | mem=0x5678
 * line: fault rip={load} gpa=0x200ffc r4 | mov ecx,[ebx+0xffc] | memory done | mem=0x56780000 rcx=0x56780000
 * final: rcx=0x56780000
 * memory: 0x200ffe 78 56 34 12
 * not: pvm it has no 32-bit paging
 */
#include "tests/guests/guest32.inc"

	mov ebx, KEPT
	mov eax, 0x12345678
store:	mov [ebx + 0xffe], eax		/* into the plain page after it */
load:	mov ecx, [ebx + 0xffc]
	end
