/*
 * The stack of 32-bit code, kept: pushes and pops of 4 bytes, of 2 with 66, calls and
 * returns, leave; pop [esp] uses the stack pointer after the pop.
 *
 * run: --mode compat --virtual gpa:0x200000+4096=log:memory --stack 0x200800
 * line: fault rip={push} gpa=0x2007fc w4 | push eax | memory done | mem=0x12345678 rsp=0x2007fc
 * line: fault rip={word} gpa=0x2007fa w2 | push ax | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={imm} gpa=0x2007f6 w4 | push -2 | memory done | mem=0xfffffffe rsp=0x2007f6
 * line: fault rip={popw} gpa=0x2007f6 r2 | pop cx | memory done | mem=0xfffe rcx=0xfffe rsp=0x2007f8
 * line: fault rip={popd} gpa=0x2007f8 r4 | pop edx | memory done | mem=0x5678ffff rdx=0x5678ffff rsp=0x2007fc
 * line: fault rip={poprm} gpa=0x2007fc r4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={poprm} gpa=0x200800 w4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={popl} gpa=0x200800 r2 | pop si | memory done | mem=0x5678 rsp=0x200802 rsi=0x5678
 * line: fault rip=0x100017 gpa=0x2007fe w4 | push ebp | memory done | mem=0x0 rsp=0x2007fe
 * line: fault rip={pushi} gpa=0x2007fa w4 | push esi | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={leave} gpa=0x2007fe r4 | leave | memory done | mem=0x0 rsp=0x200802 rbp=0x0
 * line: fault rip={call} gpa=0x2007fe w4 | call $+0x17 | memory done | mem=0x100021 rsp=0x2007fe
 * line: fault rip={ret} gpa=0x2007fe r4 | ret 4 | memory done | mem=0x100021 rsp=0x200806
 * line: fault rip={callm} gpa=0x200802 w4 | call [ebx] | memory done | mem=0x100029 rsp=0x200802
 * line: fault rip={ret} gpa=0x200802 r4 | ret 4 | memory done | mem=0x100029 rsp=0x20080a
 * final: rsp=0x20080a rcx=0xfffe rdi=0x2
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory --stack 0x200800
 * line: fault rip={push} gpa=0x2007fc w4 | push eax | memory done | mem=0x12345678 rsp=0x2007fc
 * line: fault rip={word} gpa=0x2007fa w2 | push ax | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={imm} gpa=0x2007f6 w4 | push -2 | memory done | mem=0xfffffffe rsp=0x2007f6
 * line: fault rip={popw} gpa=0x2007f6 r2 | pop cx | memory done | mem=0xfffe rcx=0xfffe rsp=0x2007f8
 * line: fault rip={popd} gpa=0x2007f8 r4 | pop edx | memory done | mem=0x5678ffff rdx=0x5678ffff rsp=0x2007fc
 * line: fault rip={poprm} gpa=0x2007fc r4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={poprm} gpa=0x200800 w4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={popl} gpa=0x200800 r2 | pop si | memory done | mem=0x5678 rsp=0x200802 rsi=0x5678
 * line: fault rip=0x100017 gpa=0x2007fe w4 | push ebp | memory done | mem=0x0 rsp=0x2007fe
 * line: fault rip={pushi} gpa=0x2007fa w4 | push esi | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={leave} gpa=0x2007fe r4 | leave | memory done | mem=0x0 rsp=0x200802 rbp=0x0
 * line: fault rip={call} gpa=0x2007fe w4 | call $+0x17 | memory done | mem=0x100021 rsp=0x2007fe
 * line: fault rip={ret} gpa=0x2007fe r4 | ret 4 | memory done | mem=0x100021 rsp=0x200806
 * line: fault rip={callm} gpa=0x200802 w4 | call [ebx] | memory done | mem=0x100029 rsp=0x200802
 * line: fault rip={ret} gpa=0x200802 r4 | ret 4 | memory done | mem=0x100029 rsp=0x20080a
 * final: rsp=0x20080a rcx=0xfffe rdi=0x2
 *
 * run: --mode 32-paging --virtual gpa:0x200000+4096=log:memory --stack 0x200800
 * line: fault rip={push} gpa=0x2007fc w4 | push eax | memory done | mem=0x12345678 rsp=0x2007fc
 * line: fault rip={word} gpa=0x2007fa w2 | push ax | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={imm} gpa=0x2007f6 w4 | push -2 | memory done | mem=0xfffffffe rsp=0x2007f6
 * line: fault rip={popw} gpa=0x2007f6 r2 | pop cx | memory done | mem=0xfffe rcx=0xfffe rsp=0x2007f8
 * line: fault rip={popd} gpa=0x2007f8 r4 | pop edx | memory done | mem=0x5678ffff rdx=0x5678ffff rsp=0x2007fc
 * line: fault rip={poprm} gpa=0x2007fc r4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={poprm} gpa=0x200800 w4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={popl} gpa=0x200800 r2 | pop si | memory done | mem=0x5678 rsp=0x200802 rsi=0x5678
 * line: fault rip=0x100017 gpa=0x2007fe w4 | push ebp | memory done | mem=0x0 rsp=0x2007fe
 * line: fault rip={pushi} gpa=0x2007fa w4 | push esi | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={leave} gpa=0x2007fe r4 | leave | memory done | mem=0x0 rsp=0x200802 rbp=0x0
 * line: fault rip={call} gpa=0x2007fe w4 | call $+0x17 | memory done | mem=0x100021 rsp=0x2007fe
 * line: fault rip={ret} gpa=0x2007fe r4 | ret 4 | memory done | mem=0x100021 rsp=0x200806
 * line: fault rip={callm} gpa=0x200802 w4 | call [ebx] | memory done | mem=0x100029 rsp=0x200802
 * line: fault rip={ret} gpa=0x200802 r4 | ret 4 | memory done | mem=0x100029 rsp=0x20080a
 * final: rsp=0x20080a rcx=0xfffe rdi=0x2
 * not: pvm it has no 32-bit paging
 *
 * run: --mode pae --virtual gpa:0x200000+4096=log:memory --stack 0x200800
 * line: fault rip={push} gpa=0x2007fc w4 | push eax | memory done | mem=0x12345678 rsp=0x2007fc
 * line: fault rip={word} gpa=0x2007fa w2 | push ax | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={imm} gpa=0x2007f6 w4 | push -2 | memory done | mem=0xfffffffe rsp=0x2007f6
 * line: fault rip={popw} gpa=0x2007f6 r2 | pop cx | memory done | mem=0xfffe rcx=0xfffe rsp=0x2007f8
 * line: fault rip={popd} gpa=0x2007f8 r4 | pop edx | memory done | mem=0x5678ffff rdx=0x5678ffff rsp=0x2007fc
 * line: fault rip={poprm} gpa=0x2007fc r4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={poprm} gpa=0x200800 w4 | pop [esp] | memory done | mem=0x12345678 rsp=0x200800
 * line: fault rip={popl} gpa=0x200800 r2 | pop si | memory done | mem=0x5678 rsp=0x200802 rsi=0x5678
 * line: fault rip=0x100017 gpa=0x2007fe w4 | push ebp | memory done | mem=0x0 rsp=0x2007fe
 * line: fault rip={pushi} gpa=0x2007fa w4 | push esi | memory done | mem=0x5678 rsp=0x2007fa
 * line: fault rip={leave} gpa=0x2007fe r4 | leave | memory done | mem=0x0 rsp=0x200802 rbp=0x0
 * line: fault rip={call} gpa=0x2007fe w4 | call $+0x17 | memory done | mem=0x100021 rsp=0x2007fe
 * line: fault rip={ret} gpa=0x2007fe r4 | ret 4 | memory done | mem=0x100021 rsp=0x200806
 * line: fault rip={callm} gpa=0x200802 w4 | call [ebx] | memory done | mem=0x100029 rsp=0x200802
 * line: fault rip={ret} gpa=0x200802 r4 | ret 4 | memory done | mem=0x100029 rsp=0x20080a
 * final: rsp=0x20080a rcx=0xfffe rdi=0x2
 * not: pvm it has no 32-bit paging
 */
#include "tests/guests/guest32.inc"

	mov eax, 0x12345678
	mov ebx, PLAIN
push:	push eax
word:	push ax
imm:	push -2
popw:	pop cx
popd:	pop edx
poprm:	pop [esp]
popl:	pop si
	push ebp
	mov ebp, esp
pushi:	push esi
leave:	leave
call:	call called
back:	mov dword ptr [ebx], offset called
callm:	call [ebx]
	end

called:	inc edi
ret:	ret 4
