/*
 * Code on a page that the kernel answers for: each instruction is fetched from it, by its
 * bytes (DONE) or by a page that holds them (STEP), and is stepped; and what only a step carries out
 * is asked first. The record of a fetch begins at RIP and stays on the page.
 *
 * run: --timeout 60
 * cpl: own
 * not: pvm this KVM cannot single-step at level 3
 * final: rax=0x5a rbx=0x8 rcx=0x3 rdx=0x1 rsi=0x3 r8=0x0 r9=0x10 r10=0x1 r11=0x1
 *
 * run: --timeout 20
 * cpl: own
 * not: svm it can be stepped there
 * not: vmx it can be stepped there
 * final: rax=0xbad rdx=0x1
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 2, 1
	mov edi, BACK + 0x10000			/* object 1: the code, and a page of data */
	lea rsi, code
	mov ecx, offset code_end
	sub ecx, esi
	cld
	rep movsb
	lea rax, fetch
	mov [answer], rax
	lea rax, told
	mov [other], rax
	jmp to_user

fetch:	call part
	cmp byte ptr [rdi + OP], 3
	jne 1f
	inc dword ptr [fetches]
	mov [size], ecx
	mov rax, [rdi + ADDRESS]
	sub rax, [rbx + RIP]
	or [away], rax
1:	cmp byte ptr [rbx + PHASE], ADMIT	/* what only a step carries out: it has no bytes before that */
	je step
	cmp byte ptr [stepping], 0
	je ram
step:	mov rax, rsi
	shr rax, 12
	mov [rbx + PART_OF + FRAME], eax
	mov byte ptr [rbx + VERDICT], 2
	mov dword ptr [rbx + STATE], ANSWERED
	ret

told:	cmp dword ptr [rbx + STATE], STEPPED
	jne 1f
	inc dword ptr [steps]
	ret
1:	cmp dword ptr [rbx + STATE], REFUSED
	jne unexpected
	inc dword ptr [refusals]
	lea rax, refused
	mov [rsp + 72], rax
	ret

user:	mov eax, WINDOW
	mov ecx, 2
	call rax				/* 3 instructions, by their bytes */
	mov esi, [fetches]
	mov byte ptr [stepping], 1
	mov eax, WINDOW
	call rax				/* and from a page */
	mov edx, [steps]
	sub edx, 2				/* each but the last, */
	mov r10d, [fetches]
	sub r10d, 5
	mov edi, WINDOW + 0x1000
	mov dword ptr [fetches], 0
	sgdt [rdi]				/* only a step does it */
	mov r11d, [steps]
	sub r11d, 3
	mov r8, [away]
	mov r9d, [size]
	mov eax, 0x5a
	end
refused:
	mov edx, [refusals]
	mov eax, 0xbad
	end

code:	lea ebx, [rcx + 5]
	mov ecx, 3
	ret
code_end:

fetches: .long 0
steps:	.long 0
size:	.long 0
refusals: .long 0
stepping: .long 0
	.balign 8
away:	.quad 0
