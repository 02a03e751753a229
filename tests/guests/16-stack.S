/*
 * The stack of 16-bit code, kept: pushes and pops of 2 bytes, of 4 with 66; SP moves,
 * the rest of ESP stays. Calls and returns take 16-bit offsets.
 *
 * run: --mode 16 --virtual gpa:0x9000+4096=log:memory --stack 0x9800
 * line: fault rip={push} gpa=0x97fe w2 | push ax | memory done | mem=0x5678 rsp=0xabc097fe
 * line: fault rip={pushd} gpa=0x97fa w4 | push eax | memory done | mem=0x12345678 rsp=0xabc097fa
 * line: fault rip={imm} gpa=0x97f8 w2 | push -2 | memory done | mem=0xfffe rsp=0xabc097f8
 * line: fault rip={popw} gpa=0x97f8 r2 | pop cx | memory done | mem=0xfffe rcx=0xfffe rsp=0xabc097fa
 * line: fault rip={popd} gpa=0x97fa r4 | pop edx | memory done | mem=0x12345678 rdx=0x12345678 rsp=0xabc097fe
 * line: fault rip={pops} gpa=0x97fe r2 | pop si | memory done | mem=0x5678 rsp=0xabc09800 rsi=0x5678
 * line: fault rip={call} gpa=0x97fe w2 | call $+0x20 | memory done | mem=0x7c19 rsp=0xabc097fe
 * line: fault rip={ret} gpa=0x97fe r2 | ret | memory done | mem=0x7c19 rsp=0xabc09800
 * line: fault rip={callm} gpa=0x97fe w2 | call [0xa000] | memory done | mem=0x7c23 rsp=0xabc097fe
 * line: fault rip={ret} gpa=0x97fe r2 | ret | memory done | mem=0x7c23 rsp=0xabc09800
 * line: fault rip=0x7c23 gpa=0x97fe w2 | push bp | memory done | mem=0x0 rsp=0xabc097fe
 * line: fault rip={pushi} gpa=0x97fc w2 | push si | memory done | mem=0x5678 rsp=0xabc097fc
 * line: fault rip={leave} gpa=0x97fe r2 | leave | memory done | mem=0x0 rsp=0xabc09800 rbp=0x0
 * final: rsp=0xabc09800 rcx=0xfffe rdi=0x2
 *
 * run: --mode real --virtual gpa:0x9000+4096=log:memory --stack 0x9800
 * cpl: 0
 * line: fault rip={push} gpa=0x97fe w2 | push ax | memory done | mem=0x5678 rsp=0xabc097fe
 * line: fault rip={pushd} gpa=0x97fa w4 | push eax | memory done | mem=0x12345678 rsp=0xabc097fa
 * line: fault rip={imm} gpa=0x97f8 w2 | push -2 | memory done | mem=0xfffe rsp=0xabc097f8
 * line: fault rip={popw} gpa=0x97f8 r2 | pop cx | memory done | mem=0xfffe rcx=0xfffe rsp=0xabc097fa
 * line: fault rip={popd} gpa=0x97fa r4 | pop edx | memory done | mem=0x12345678 rdx=0x12345678 rsp=0xabc097fe
 * line: fault rip={pops} gpa=0x97fe r2 | pop si | memory done | mem=0x5678 rsp=0xabc09800 rsi=0x5678
 * line: fault rip={call} gpa=0x97fe w2 | call $+0x20 | memory done | mem=0x7c19 rsp=0xabc097fe
 * line: fault rip={ret} gpa=0x97fe r2 | ret | memory done | mem=0x7c19 rsp=0xabc09800
 * line: fault rip={callm} gpa=0x97fe w2 | call [0xa000] | memory done | mem=0x7c23 rsp=0xabc097fe
 * line: fault rip={ret} gpa=0x97fe r2 | ret | memory done | mem=0x7c23 rsp=0xabc09800
 * line: fault rip=0x7c23 gpa=0x97fe w2 | push bp | memory done | mem=0x0 rsp=0xabc097fe
 * line: fault rip={pushi} gpa=0x97fc w2 | push si | memory done | mem=0x5678 rsp=0xabc097fc
 * line: fault rip={leave} gpa=0x97fe r2 | leave | memory done | mem=0x0 rsp=0xabc09800 rbp=0x0
 * final: rsp=0xabc09800 rcx=0xfffe rdi=0x2
 */
#include "tests/guests/guest16.inc"

	mov eax, 0x12345678
	or esp, 0xabc00000
push:	push ax
pushd:	push eax
imm:	push -2
popw:	pop cx
popd:	pop edx
pops:	pop si
call:	call called
back:	mov word ptr [PLAIN], offset called
callm:	call [PLAIN]
	push bp
	mov bp, sp
pushi:	push si
leave:	leave
	mov ax, ss
	end

called:	inc di
ret:	ret
