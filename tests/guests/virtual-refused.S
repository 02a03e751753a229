/*
 * What cannot be carried out on a page that the kernel answers for is told to it, and
 * the guest goes on: more parts than a record has; a page walk through such a page. The kernel resumes the thread behind.
 *
 * run: --timeout 20 --stats
 * cpl: own
 * set: small
 * report: refused
 * not: pvm where it cannot read a table it gives the guest #PF
 * final: rax=0x0 rcx=0x3f rdx=0x0 rsi=0x2 rdi=0x40000000 r8=0x1 r9=0x0
 *
 * run: --timeout 20 --stats
 * cpl: own
 * set: small
 * not: svm the run before has it all
 * not: vmx the run before has it all
 * report: refused
 * final: rax=0x0 rcx=0x3f rdx=0x0 rsi=0x1 rdi=0x40000000 r9=0x0
 */
#include "tests/guests/kernel.inc"

#define TABLE 0x620000

kernel:	attach
	mov rax, cr3
	mov rax, [rax]
	and rax, -4096
	mov qword ptr [rax + 8], TABLE + 7	/* 1 GiB on: its directory is to be declared */
	mov qword ptr [TABLE], 0x87 + 0x600000
	mov rax, cr3
	mov cr3, rax
	declare TABLE, 1, 2
	test eax, eax
	jnz unexpected
	declare WINDOW, 4, 1
	test eax, eax
	jnz unexpected
	lea rax, refused
	mov [other], rax
	jmp to_user

refused:
	cmp dword ptr [rbx + STATE], REFUSED
	jne unexpected
	inc dword ptr [refusals]
	movzx eax, word ptr [rbx + PARTS]
	mov [parts], eax
	mov rax, [resume]
	mov [rsp + 72], rax
	ret

user:	mov rbx, rsp
	mov ebp, WINDOW + 0x1000
	lea rsp, [rbp + 0x1000]
	lea rax, 1f
	mov [resume], rax
	enter 8, 31				/* 31 loads and 32 stores */
	jmp bad
1:	mov edx, [parts]			/* too many to name */
	mov rsp, rbx
	lea rax, 1f
	mov [resume], rax
	mov edi, 0x40000000
	mov rax, [rdi]				/* its walk goes through TABLE */
	jmp bad
1:	mov r8d, [parts]
	mov esi, [refusals]
	mov r9d, [delivered]
	mov ecx, 0x3f
	xor eax, eax
	end
bad:	end status=1

refusals: .long 0
parts:	.long 0
