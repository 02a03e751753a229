/*
 * syscall and sysret fetched from a kept page, with a kept user stack: the kernel comes
 * to its entry with the flags in R11 clear of the trap flag, and sysret goes back.
 *
 * not: pvm syscall enters at level 3 there
 * run: --virtual sym:page,4096=memory --virtual gpa:0x200000+4096=log:memory --page-size 2M
 * cpl: 0
 * line: step rip={page} gpa=0x2007f8 w8 | push rdi | memory done | mem=0x1111 rsp=0x2007f8
 * line: fault rip={kernel} gpa=0x2007f0 w8 | push r11 | memory done | mem=0x2 rsp=0x2007f0
 * line: fault rip={kpop} gpa=0x2007f0 r8 | pop r11 | memory done | mem=0x2 rsp=0x2007f8
 * line: step rip={pop} gpa=0x2007f8 r8 | pop rsi | memory done | mem=0x1111 rsp=0x200800 rsi=0x1111
 * line: fault rip={kernel} gpa=0x2007f8 w8 | push r11 | memory done | mem=0x2 rsp=0x2007f8
 * final: rdi=0x1111 rsi=0x1111 r8=0x2 r9=0x1
 *
 * run: --virtual sym:page,4096=step,undo=3:memory --virtual gpa:0x200000+4096=memory --page-size 2M
 * cpl: 0
 * line: step rip={page} gpa=0x101000 r1 | push rdi | memory undone | before=0x57 after=0x57
 * line: step rip={page} gpa=0x101000 r1 | push rdi | memory undone | before=0x57 after=0x57
 * line: step rip={page} gpa=0x101000 r1 | push rdi | memory undone | before=0x57 after=0x57
 * line: step rip={page} gpa=0x101000 r1 | push rdi | memory stepped | before=0x57 after=0x57
 * line: step rip=0x101001 gpa=0x101001 r2 | syscall | memory stepped | before=0x50f after=0x50f
 * line: step rip={back} gpa=0x101006 r3 | sysret | memory stepped | before=0x70f48 after=0x70f48
 * line: step rip={pop} gpa=0x101003 r1 | pop rsi | memory stepped | before=0x5e after=0x5e
 * line: step rip=0x101004 gpa=0x101004 r2 | syscall | memory stepped | before=0x50f after=0x50f
 * final: rdi=0x1111 rsi=0x1111 r8=0x2 r9=0x1
 *
 * A kernel that masks the trap flag is not stepped by it, and neither is where sysret goes, whose flags lack it.
 *
 * run: --virtual sym:page,4096=step:memory --page-size 2M --reg r10=0x47700
 * cpl: 0
 * line: step rip={page} gpa=0x101000 r1 | push rdi | memory stepped | before=0x57 after=0x57
 * line: step rip=0x101001 gpa=0x101001 r2 | syscall | memory stepped | before=0x50f after=0x50f
 * line: step rip={back} gpa=0x101006 r3 | sysret | memory stepped | before=0x70f48 after=0x70f48
 * line: step rip={pop} gpa=0x101003 r1 | pop rsi | memory stepped | before=0x5e after=0x5e
 * line: step rip=0x101004 gpa=0x101004 r2 | syscall | memory stepped | before=0x50f after=0x50f
 * final: rdi=0x1111 rsi=0x1111 r8=0x2 r9=0x1
 *
 * run: --virtual sym:page,4096=step:memory --page-size 2M --reg r10=0x47700 --reg r13=1
 * cpl: 0
 * line: step rip={back} gpa=0x101006 r3 | sysret | memory stepped | before=0x70f48 after=0x70f48
 * line: fault rip={read} gpa=0x101000 r1 | movzx edx,[0x101000] | memory stepped | before=0x57 after=0x57
 * final: rdi=0x1111 rdx=0x57 r8=0x2 r9=0x1 r14=0x2
 */
#include "tests/guests/guest.inc"

	.macro setmsr number, high, low
	mov ecx, \number
	mov edx, \high
	mov eax, \low
	wrmsr
	.endm

	mov rax, cr3			/* user rights on the first 4 MiB */
	or qword ptr [rax], 4
	mov rbx, [rax]
	and rbx, ~0xfff
	or qword ptr [rbx], 4
	mov rbx, [rbx]
	and rbx, ~0xfff
	or qword ptr [rbx], 4
	or qword ptr [rbx + 8], 4
	mov cr3, rax
	mov ecx, 0xc0000080		/* EFER.SCE */
	rdmsr
	or eax, 1
	wrmsr
	setmsr 0xc0000081, 0x00180008, 0	/* STAR */
	lea eax, [rip + kernel]			/* LSTAR */
	inc ecx
	cdq
	wrmsr
	mov eax, r10d
	mov ecx, 0xc0000084			/* FMASK */
	wrmsr
	mov esp, KEPT + 0x800
	mov edi, 0x1111
	lea rcx, [rip + page]
	mov r11d, 2
	xor r9d, r9d
	test r13d, r13d
	jz 1f
	lea rcx, [rip + user]
1:	sysretq

kernel:	push r11
	test r9d, r9d
	jnz last
	inc r9d
	mov r8, r11
kpop:	pop r11
	jmp back
last:	end

	/* on an ordinary page */
user:	syscall
read:	movzx edx, byte ptr [page]
	pushfq
	pop r14
	syscall

	.balign 4096
page:
push:	push rdi
	syscall
pop:	pop rsi
	syscall
back:	sysretq
	.balign 4096
