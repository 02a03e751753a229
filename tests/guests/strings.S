/*
 * String instructions with REP, one line an element: into, from and within a kept
 * page, forwards and backwards. REP with a count of 0 touches nothing.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={stos} gpa=0x200000 w4 | rep stosd [rdi],eax | memory done | mem=0x61626364 rcx=0x1 rdi=0x200004
 * line: fault rip={stos} gpa=0x200004 w4 | rep stosd [rdi],eax | memory done | mem=0x61626364 rcx=0x0 rdi=0x200008
 * line: fault rip={within} gpa=0x200007 r1 | rep movsb [rdi],[rsi] | memory done | mem=0x61 rcx=0x1 rsi=0x200006 rdi=0x200008
 * line: fault rip={within} gpa=0x200009 w1 | rep movsb [rdi],[rsi] | memory done | mem=0x61 rcx=0x1 rsi=0x200006 rdi=0x200008
 * line: fault rip={within} gpa=0x200006 r1 | rep movsb [rdi],[rsi] | memory done | mem=0x62 rcx=0x0 rsi=0x200005 rdi=0x200007
 * line: fault rip={within} gpa=0x200008 w1 | rep movsb [rdi],[rsi] | memory done | mem=0x62 rcx=0x0 rsi=0x200005 rdi=0x200007
 * line: fault rip={from} gpa=0x200008 r2 | movsw [rdi],[rsi] | memory done | mem=0x6162 rsi=0x20000a rdi=0x300002
 * line: fault rip={into} gpa=0x200010 w8 | movsq [rdi],[rsi] | memory done | mem=0x6162 rsi=0x300008 rdi=0x200018
 * line: fault rip={lods} gpa=0x200008 r1 | lodsb al,[rsi] | memory done | mem=0x62 rax=0x61626362 rsi=0x200009
 * line: fault rip={scas} gpa=0x200007 r1 | repne scasb al,[rdi] | memory done | mem=0x61 rcx=0xf rdi=0x200008
 * line: fault rip={scas} gpa=0x200008 r1 | repne scasb al,[rdi] | memory done | mem=0x62 rcx=0xe rdi=0x200009
 * line: fault rip={cmps} gpa=0x200004 r4 | repe cmpsd [rsi],[rdi] | memory done | mem=0x61626364 rcx=0x2 rsi=0x200004 rdi=0x200008
 * line: fault rip={cmps} gpa=0x200000 r4 | repe cmpsd [rsi],[rdi] | memory done | mem=0x61626364 rcx=0x2 rsi=0x200004 rdi=0x200008
 * line: fault rip={cmps} gpa=0x200008 r4 | repe cmpsd [rsi],[rdi] | memory done | mem=0x6162 rcx=0x1 rsi=0x200008 rdi=0x20000c
 * line: fault rip={cmps} gpa=0x200004 r4 | repe cmpsd [rsi],[rdi] | memory done | mem=0x61626364 rcx=0x1 rsi=0x200008 rdi=0x20000c
 * final: rcx=0x1 r8=0x1 zf=0
 * memory: 0x200000 64 63 62 61 64 63 62 61 62 61 00 00 00 00 00 00 62 61 00 00
 * memory: 0x300000 62 61
 */
#include "tests/guests/guest.inc"

	mov edi, KEPT
	mov eax, 0x61626364
	mov ecx, 2
	cld
stos:	rep stosd
	mov esi, KEPT + 7
	mov edi, KEPT + 9
	mov ecx, 2
	std
within:	rep movsb
	cld
	mov esi, KEPT + 8
	mov edi, PLAIN
from:	movsw
	mov esi, PLAIN
	mov edi, KEPT + 16
into:	movsq
	xor ecx, ecx
	rep stosb
	mov esi, KEPT + 8
lods:	lodsb
	mov edi, KEPT + 7
	mov ecx, 16
scas:	repne scasb
	setz r8b
	mov esi, KEPT
	mov edi, KEPT + 4
	mov ecx, 3
cmps:	repe cmpsd
	end
