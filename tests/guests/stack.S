/*
 * Push, pop, call and ret work on a stack that is kept, and through a kept operand;
 * of push [m] the load comes first, and pop [rsp] uses the stack pointer after the pop.
 *
 * run: --virtual gpa:0x200000+4096=log:memory --stack 0x200800
 * line: fault rip={push} gpa=0x2007f8 w8 | push rax | memory done | mem=0x1234 rsp=0x2007f8
 * line: fault rip={imm} gpa=0x2007f0 w8 | push -1 | memory done | mem=0xffffffffffffffff rsp=0x2007f0
 * line: fault rip={pop} gpa=0x2007f0 r8 | pop rcx | memory done | mem=0xffffffffffffffff rcx=0xffffffffffffffff rsp=0x2007f8
 * line: fault rip={pushm} gpa=0x2007f8 r8 | push [rsp] | memory done | mem=0x1234 rsp=0x2007f0
 * line: fault rip={pushm} gpa=0x2007f0 w8 | push [rsp] | memory done | mem=0x1234 rsp=0x2007f0
 * line: fault rip={popm} gpa=0x2007f0 r8 | pop [rsp+8] | memory done | mem=0x1234 rsp=0x2007f8
 * line: fault rip={popm} gpa=0x200800 w8 | pop [rsp+8] | memory done | mem=0x1234 rsp=0x2007f8
 * line: fault rip={call} gpa=0x2007f0 w8 | call $+0x1e | memory done | mem={back} rsp=0x2007f0
 * line: fault rip={ret} gpa=0x2007f0 r8 | ret | memory done | mem={back} rsp=0x2007f8
 * line: fault rip={slot} gpa=0x200000 w8 | mov [rbx],rdx | memory done | mem={called}
 * line: fault rip={callm} gpa=0x200000 r8 | call [rbx] | memory done | mem={called} rsp=0x2007f0
 * line: fault rip={callm} gpa=0x2007f0 w8 | call [rbx] | memory done | mem={again} rsp=0x2007f0
 * line: fault rip={ret} gpa=0x2007f0 r8 | ret | memory done | mem={again} rsp=0x2007f8
 * line: fault rip={push2} gpa=0x2007f6 w2 | push ax | memory done | mem=0x1234 rsp=0x2007f6
 * final: rcx=0xffffffffffffffff rsp=0x2007f6 rsi=0x2
 * memory: 0x200800 34 12 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov eax, 0x1234
	mov ebx, KEPT
	xor esi, esi
push:	push rax
imm:	push -1
pop:	pop rcx
pushm:	push [rsp]
popm:	pop [rsp + 8]
call:	call called
back:	lea rdx, [rip + called]
slot:	mov [rbx], rdx
callm:	call [rbx]
again:
push2:	push ax
	end

called:	inc esi
ret:	ret
