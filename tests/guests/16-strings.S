/*
 * String instructions of 16-bit code: SI, DI and CX, which wrap at 64 KiB; with 67 ESI,
 * EDI and ECX.
 *
 * run: --mode 16 --virtual gpa:0xf000+4096=log:memory
 * line: fault rip={stos} gpa=0xfffe w2 | rep stosw es:[di],ax | memory done | mem=0x6162 rcx=0x55550001 rdi=0x12340000
 * line: fault rip={movs} gpa=0xffff r1 | movsb es:[di],[si] | memory done | mem=0x61 rsi=0x43210000 rdi=0x1234a001
 * line: fault rip={wide} gpa=0xfffe r1 | rep movsb es:[edi],[esi] | memory done | mem=0x62 rcx=0x1 rsi=0xffff rdi=0xa001
 * line: fault rip={wide} gpa=0xffff r1 | rep movsb es:[edi],[esi] | memory done | mem=0x61 rcx=0x0 rsi=0x10000 rdi=0xa002
 * line: fault rip={down} gpa=0xf001 w1 | rep stosb es:[di],al | memory done | mem=0x62 rcx=0x1 rdi=0xf000
 * line: fault rip={down} gpa=0xf000 w1 | rep stosb es:[di],al | memory done | mem=0x62 rcx=0x0 rdi=0xefff
 * final: rcx=0x0 rdi=0xefff
 * memory: 0xf000 62 62
 * memory: 0xfffe 62 61
 * memory: 0x0 62 61
 *
 * run: --mode real --virtual gpa:0xf000+4096=log:memory
 * cpl: 0
 * line: fault rip={stos} gpa=0xfffe w2 | rep stosw es:[di],ax | memory done | mem=0x6162 rcx=0x55550001 rdi=0x12340000
 * line: fault rip={movs} gpa=0xffff r1 | movsb es:[di],[si] | memory done | mem=0x61 rsi=0x43210000 rdi=0x1234a001
 * line: fault rip={wide} gpa=0xfffe r1 | rep movsb es:[edi],[esi] | memory done | mem=0x62 rcx=0x1 rsi=0xffff rdi=0xa001
 * line: fault rip={wide} gpa=0xffff r1 | rep movsb es:[edi],[esi] | memory done | mem=0x61 rcx=0x0 rsi=0x10000 rdi=0xa002
 * line: fault rip={down} gpa=0xf001 w1 | rep stosb es:[di],al | memory done | mem=0x62 rcx=0x1 rdi=0xf000
 * line: fault rip={down} gpa=0xf000 w1 | rep stosb es:[di],al | memory done | mem=0x62 rcx=0x0 rdi=0xefff
 * final: rcx=0x0 rdi=0xefff
 * memory: 0xf000 62 62
 * memory: 0xfffe 62 61
 * memory: 0x0 62 61
 */
#include "tests/guests/guest16.inc"

	mov edi, 0x1234fffe
	mov ecx, 0x55550002
	mov ax, 0x6162
stos:	rep stosw			/* at 0xfffe, then at 0 */
	mov esi, 0x4321ffff
	mov di, PLAIN
movs:	movsb
	mov esi, 0xfffe
	mov edi, PLAIN
	mov ecx, 2
wide:	addr32 rep movsb
	std
	mov di, 0xf001
	mov cx, 2
down:	rep stosb
	cld
	end
