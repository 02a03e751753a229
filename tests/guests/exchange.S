/*
 * xchg is locked without a prefix; cmpxchg that fails loads the accumulator; xadd
 * gives back what was there; bts with a register reaches beyond its operand's size.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={xchg} gpa=0x200000 rw8 lock | xchg [rbx],rcx | memory done | mem=0x0->0x5 rcx=0x0
 * line: fault rip={fail} gpa=0x200000 rw8 lock | lock cmpxchg [rbx],rdx | memory done | mem=0x5->0x5 rax=0x5
 * line: fault rip={good} gpa=0x200000 rw8 lock | lock cmpxchg [rbx],rdx | memory done | mem=0x5->0x9
 * line: fault rip={xadd} gpa=0x200000 rw4 lock | lock xadd [rbx],esi | memory done | mem=0x9->0x10 rsi=0x9
 * line: fault rip={bts} gpa=0x200008 rw4 | bts [rbx],edi | memory done | mem=0x0->0x8
 * line: fault rip={bt} gpa=0x200000 r4 | bt [rbx],4 | memory done | mem=0x10
 * final: rax=0x5 rcx=0x0 rdx=0x9 rsi=0x9 r8=0x0 r9=0x1 cf=1
 * memory: 0x200000 10 00 00 00 00 00 00 00 08 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 1
	mov ecx, 5
	mov edx, 9
	mov esi, 7
	mov edi, 67		/* bit 3 of the double word at +8 */
xchg:	xchg [rbx], rcx
fail:	lock cmpxchg [rbx], rdx
	setz r8b
good:	lock cmpxchg [rbx], rdx
	setz r9b
xadd:	lock xadd [rbx], esi
bts:	bts [rbx], edi
bt:	bt dword ptr [rbx], 4
	end
