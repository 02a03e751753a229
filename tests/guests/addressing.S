/*
 * The address of an operand: base, index and scale, RIP-relative, FS and GS with a
 * base, and the 67 prefix, with which the address wraps at 4 GiB.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * cpl: 0
 * line: fault rip={sib} gpa=0x200080 r8 | mov rcx,[rbx+rsi*8+0x40] | memory done | mem=0x0
 * line: fault rip={relative} gpa=0x200016 r8 | mov rcx,[rip+0x100000] | memory done | mem=0x0
 * line: fault rip={fs} gpa=0x200010 r8 | mov rdx,fs:[0x10] | memory done | mem=0x0 rdx=0x0
 * line: fault rip={gs} gpa=0x200808 r8 | mov r8,gs:[rsi] | memory done | mem=0x0 r8=0x0
 * line: fault rip={narrow} gpa=0x200000 r8 | mov r9,[edi+0x10] | memory done | mem=0x0 r9=0x0
 * final: rcx=0x0 rdx=0x0 r8=0x0 r9=0x0
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov esi, 8
sib:	mov rcx, [rbx + rsi * 8 + 0x40]
relative: mov rcx, [rip + 0x100000]
	mov ecx, 0xc0000100	/* the MSR of FS's base */
	xor edx, edx
	mov eax, KEPT
	wrmsr
	mov ecx, 0xc0000101	/* and of GS's */
	mov eax, KEPT + 0x800
	wrmsr
	xor ecx, ecx
	mov rdx, -1
	mov r8, -1
	mov r9, -1
fs:	mov rdx, fs:[0x10]
gs:	mov r8, gs:[rsi]
	mov rdi, 0xffffffff001ffff0
narrow:	mov r9, [edi + 16]
	end
