/*
 * Read-modify-write on a kept page is one access, with the CPU's own flags; LOCK is
 * seen by the keeper.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={put} gpa=0x200000 w4 | mov [rbx],0x7fffffff | memory done | mem=0x7fffffff
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],1 | memory done | mem=0x7fffffff->0x80000000
 * line: fault rip={lock} gpa=0x200000 rw4 lock | lock sub [rbx],eax | memory done | mem=0x80000000->0x7ffffff0
 * line: fault rip={adc} gpa=0x200000 rw1 | adc [rbx],0x10 | memory done | mem=0xf0->0x1
 * line: fault rip={not} gpa=0x200000 rw8 | not [rbx] | memory done | mem=0x7fffff01->0xffffffff800000fe
 * line: fault rip={neg} gpa=0x200000 rw2 lock | lock neg [rbx] | memory done | mem=0xfe->0xff02
 * line: fault rip={inc} gpa=0x200001 rw1 | inc [rbx+1] | memory done | mem=0xff->0x0
 * line: fault rip={shift} gpa=0x200000 rw4 | shl [rbx],4 | memory done | mem=0x80000002->0x20
 * line: fault rip={test} gpa=0x200000 r4 | test [rbx],0x20 | memory done | mem=0x20
 * line: fault rip={cmp} gpa=0x200000 r4 | cmp [rbx],eax | memory done | mem=0x20
 * line: fault rip={and} gpa=0x200000 r8 | and rdx,[rbx] | memory done | mem=0xffffffff00000020 rdx=0xffffffff00000020
 * final: rax=0x10 rdx=0xffffffff00000020 cf=0 zf=0 sf=1 of=0 pf=0
 * final: r8=0x1 r9=0x1 r10=0x1
 * memory: 0x200000 20 00 00 00 ff ff ff ff
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0x10
	mov rdx, -1
put:	mov dword ptr [rbx], 0x7fffffff
add:	add dword ptr [rbx], 1
	seto r8b		/* 0x7fffffff + 1 overflows */
lock:	lock sub [rbx], eax
	stc
adc:	adc byte ptr [rbx], 0x10
	setc r9b		/* 0xf0 + 0x10 + 1 carries */
not:	not qword ptr [rbx]
neg:	lock neg word ptr [rbx]
inc:	inc byte ptr [rbx + 1]
	setz r10b
shift:	shl dword ptr [rbx], 4
test:	test dword ptr [rbx], 0x20
cmp:	cmp [rbx], eax
and:	and rdx, [rbx]
	end
