/*
 * CPUID shows the features of --cpu, and with XSAVE goes all that describes it. r8: SSE2, r9: XSAVE, r10: the
 * components of leaf 0DH, r11: CMOV, r12: POPCNT, which the lowest level has not.
 *
 * not: pvm CPUID is the host's there, at any level
 * run: --cpu host
 * final: r8=0x1 r11=0x1
 * run: --cpu host,-sse2
 * final: r8=0x0 r9=0x1 r10=0x3 r11=0x1
 * run: --cpu -xsave
 * final: r8=0x1 r9=0x0 r10=0x0 r11=0x1
 * run: --cpu x86-64-v1
 * final: r8=0x1 r9=0x0 r10=0x0 r11=0x1 r12=0x0
 */
#include "tests/guests/guest.inc"

	mov eax, 1
	xor ecx, ecx
	cpuid
	mov r8d, edx
	shr r8d, 26
	and r8d, 1
	mov r11d, edx
	shr r11d, 15
	and r11d, 1
	mov r9d, ecx
	shr r9d, 26
	and r9d, 1
	mov r12d, ecx
	shr r12d, 23
	and r12d, 1
	mov eax, 0xd
	xor ecx, ecx
	cpuid
	mov r10d, eax
	end
