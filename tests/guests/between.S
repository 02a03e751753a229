/*
 * One instruction, two keepers: movs loads from the first and stores to the second;
 * the loads are told before the stores.
 *
 * run: --virtual gpa:0x200000+4096=log:counter --virtual gpa:0x300000+4096=log:memory
 * line: fault rip={copy} gpa=0x200000 r8 | rep movsq [rdi],[rsi] | counter done | mem=0x1 rcx=0x1 rsi=0x200008 rdi=0x300008
 * line: fault rip={copy} gpa=0x300000 w8 | rep movsq [rdi],[rsi] | memory done | mem=0x1 rcx=0x1 rsi=0x200008 rdi=0x300008
 * line: fault rip={copy} gpa=0x200008 r8 | rep movsq [rdi],[rsi] | counter done | mem=0x0 rcx=0x0 rsi=0x200010 rdi=0x300010
 * line: fault rip={copy} gpa=0x300008 w8 | rep movsq [rdi],[rsi] | memory done | mem=0x0 rcx=0x0 rsi=0x200010 rdi=0x300010
 * memory: 0x300000 01 00 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov esi, KEPT
	mov edi, PLAIN
	mov ecx, 2
copy:	rep movsq
	end
