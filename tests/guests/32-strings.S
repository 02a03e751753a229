/*
 * String instructions of 32-bit code: ESI, EDI and ECX; with 67 SI, DI and CX alone,
 * whose upper halves stay and which wrap at 64 KiB.
 *
 * run: --mode compat --virtual gpa:0x200000+4096=log:memory --virtual gpa:0xf000+4096=log:memory
 * line: fault rip={stos} gpa=0x200ffc w4 | rep stosd es:[edi],eax | memory done | mem=0x61626364 rcx=0x1 rdi=0x201000
 * line: fault rip={movs} gpa=0x200ffe r2 part 1/2 | rep movsd es:[edi],[esi] | memory done | mem=0x6162 rcx=0x0 rsi=0x201002 rdi=0x300004
 * line: fault rip={short} gpa=0xfffe w2 | rep stosw es:[di],ax | memory done | mem=0x6364 rcx=0x77770001 rdi=0x55550000
 * line: fault rip={lods} gpa=0xffff r1 | lodsb al,[si] | memory done | mem=0x63 rax=0x61626363 rsi=0x12340000
 * final: rcx=0x77770000 rsi=0x12340000 rdi=0x55550002
 * memory: 0x200ffc 64 63 62 61 64 63 62 61
 * memory: 0x300000 62 61 64 63
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory --virtual gpa:0xf000+4096=log:memory
 * line: fault rip={stos} gpa=0x200ffc w4 | rep stosd es:[edi],eax | memory done | mem=0x61626364 rcx=0x1 rdi=0x201000
 * line: fault rip={movs} gpa=0x200ffe r2 part 1/2 | rep movsd es:[edi],[esi] | memory done | mem=0x6162 rcx=0x0 rsi=0x201002 rdi=0x300004
 * line: fault rip={short} gpa=0xfffe w2 | rep stosw es:[di],ax | memory done | mem=0x6364 rcx=0x77770001 rdi=0x55550000
 * line: fault rip={lods} gpa=0xffff r1 | lodsb al,[si] | memory done | mem=0x63 rax=0x61626363 rsi=0x12340000
 * final: rcx=0x77770000 rsi=0x12340000 rdi=0x55550002
 * memory: 0x200ffc 64 63 62 61 64 63 62 61
 * memory: 0x300000 62 61 64 63
 *
 * run: --mode 32-paging --virtual gpa:0x200000+4096=log:memory --virtual gpa:0xf000+4096=log:memory
 * line: fault rip={stos} gpa=0x200ffc w4 | rep stosd es:[edi],eax | memory done | mem=0x61626364 rcx=0x1 rdi=0x201000
 * line: fault rip={movs} gpa=0x200ffe r2 part 1/2 | rep movsd es:[edi],[esi] | memory done | mem=0x6162 rcx=0x0 rsi=0x201002 rdi=0x300004
 * line: fault rip={short} gpa=0xfffe w2 | rep stosw es:[di],ax | memory done | mem=0x6364 rcx=0x77770001 rdi=0x55550000
 * line: fault rip={lods} gpa=0xffff r1 | lodsb al,[si] | memory done | mem=0x63 rax=0x61626363 rsi=0x12340000
 * final: rcx=0x77770000 rsi=0x12340000 rdi=0x55550002
 * memory: 0x200ffc 64 63 62 61 64 63 62 61
 * memory: 0x300000 62 61 64 63
 * not: pvm it has no 32-bit paging
 *
 * run: --mode pae --virtual gpa:0x200000+4096=log:memory --virtual gpa:0xf000+4096=log:memory
 * line: fault rip={stos} gpa=0x200ffc w4 | rep stosd es:[edi],eax | memory done | mem=0x61626364 rcx=0x1 rdi=0x201000
 * line: fault rip={movs} gpa=0x200ffe r2 part 1/2 | rep movsd es:[edi],[esi] | memory done | mem=0x6162 rcx=0x0 rsi=0x201002 rdi=0x300004
 * line: fault rip={short} gpa=0xfffe w2 | rep stosw es:[di],ax | memory done | mem=0x6364 rcx=0x77770001 rdi=0x55550000
 * line: fault rip={lods} gpa=0xffff r1 | lodsb al,[si] | memory done | mem=0x63 rax=0x61626363 rsi=0x12340000
 * final: rcx=0x77770000 rsi=0x12340000 rdi=0x55550002
 * memory: 0x200ffc 64 63 62 61 64 63 62 61
 * memory: 0x300000 62 61 64 63
 * not: pvm it has no 32-bit paging
 */
#include "tests/guests/guest32.inc"

	mov edi, KEPT + 0xffc
	mov eax, 0x61626364
	mov ecx, 2
stos:	rep stosd			/* the second is beyond the page */
	mov esi, KEPT + 0xffe
	mov edi, PLAIN
	mov ecx, 1
movs:	rep movsd
	mov edi, 0x5555fffe		/* DI is 0xfffe, then 0 */
	mov ecx, 0x77770002
short:	addr16 rep stosw
	mov esi, 0x1234ffff
lods:	addr16 lodsb
	end
