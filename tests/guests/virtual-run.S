/*
 * A loop over a page of a keeper's on the host and one of the guest's kernel: the monitor
 * goes on by itself from one access to the next, and ends where the kernel is to be asked.
 *
 * run: --timeout 20 --stats --virtual gpa:0x700000+4096=memory
 * cpl: own
 * final: rax=0x64 rbx=0x1900 rcx=0x0 rdx=0xc8 rsi=0x64
 * memory: 0x410000 64 00 00 00 00 00 00 00
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 1, 1
	jmp to_user

user:	mov edi, 0x700000
	mov ebp, WINDOW
	mov ecx, 100
	xor ebx, ebx
1:	inc dword ptr [rdi]			/* the host's */
	inc dword ptr [rdi + 4]
	mov eax, [rdi]
	mov [rbp], eax				/* the kernel's */
	add ebx, 0x20
	inc dword ptr [rdi + 8]
	add ebx, [rdi + 12]
	inc dword ptr [rdi + 8]
	add ebx, 0x20
	dec ecx
	jnz 1b
	mov edx, [rdi + 8]
	mov esi, [delivered]
	mov eax, [rbp]
	end
