/*
 * A page of the window that was withdrawn is nobody's: its kernel is told, and the guest goes on.
 *
 * run: --timeout 20
 * cpl: own
 * set: small
 * final: rax=0x4 rbx=0x0 rcx=0x1
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 1, 1
	withdraw WINDOW, 1
	lea rax, told
	mov [other], rax
	jmp to_user

told:	mov eax, [rbx + STATE]
	mov [state], eax
	movzx eax, word ptr [rbx + PARTS]
	mov [parts], eax
	lea rax, 1f
	mov [rsp + 72], rax
	ret

user:	mov edi, WINDOW
	mov eax, 0x55
	mov eax, [rdi]
	end status=1
1:	mov eax, [state]
	mov ebx, [parts]
	mov ecx, 1
	end

state:	.long 0
parts:	.long 0
