/*
 * An instruction that faults elsewhere first is not stepped: nothing of it has happened,
 * and the keeper is not asked again.
 *
 * run: --virtual gpa:0x200000+4096=step:memory
 * final: vector=14 rcx=0x5 rsi=0x200000
 * status: 1
 */
#include "tests/guests/guest.inc"

	mov esi, KEPT
	mov ecx, 5
	movabs rdi, 0x700000000000
fault:	movsb
	end
