/*
 * An MSR that nobody has raises #GP, and with --stats it is told which.
 *
 * run: --stats
 * cpl: 0
 * status: 1
 * final: vector=13 error_code=0x0 rip={there} r8=0x1
 * report: refused MSRs: 1 access: 0x4321 (read)
 * run: --stats --reg rbx=1
 * cpl: 0
 * status: 1
 * final: vector=13 error_code=0x0 rip={here}
 * report: refused MSRs: 1 access: 0x4322 (written)
 * run: --cpus 1
 * cpl: 0 3
 * status: 1
 * final: vector=13 error_code=0x0 rip={there} r8=0x1
 */
#include "tests/guests/guest.inc"

	mov r8d, 1
	xor eax, eax
	xor edx, edx
	mov ecx, 0x4322
	test ebx, ebx
	jz read
here:	wrmsr
read:	mov ecx, 0x4321
there:	rdmsr
	end
