/*
 * A load of each width gets the keeper's bytes: 1 and 2 bytes leave the rest of the
 * register, 4 bytes clear its upper half, movzx and movsx extend.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={store} gpa=0x200000 w8 | mov [rbx],rax | memory done | mem=0x8887868584838281
 * line: fault rip={load1} gpa=0x200000 r1 | mov al,[rbx] | memory done | mem=0x81 rax=0xffffffffffffff81
 * line: fault rip={load2} gpa=0x200001 r2 | mov cx,[rbx+1] | memory done | mem=0x8382 rcx=0xffffffffffff8382
 * line: fault rip={load4} gpa=0x200002 r4 | mov edx,[rbx+2] | memory done | mem=0x86858483 rdx=0x86858483
 * line: fault rip={load8} gpa=0x200000 r8 | mov rsi,[rbx] | memory done | mem=0x8887868584838281 rsi=0x8887868584838281
 * line: fault rip={high} gpa=0x200003 r1 | mov ah,[rbx+3] | memory done | mem=0x84 rax=0xffffffffffff8481
 * line: fault rip={movzx1} gpa=0x200000 r1 | movzx r8d,[rbx] | memory done | mem=0x81 r8=0x81
 * line: fault rip={movzx2} gpa=0x200000 r2 | movzx r9,[rbx] | memory done | mem=0x8281 r9=0x8281
 * line: fault rip={movsx1} gpa=0x200000 r1 | movsx r10d,[rbx] | memory done | mem=0x81 r10=0xffffff81
 * line: fault rip={movsx2} gpa=0x200000 r2 | movsx r11,[rbx] | memory done | mem=0x8281 r11=0xffffffffffff8281
 * line: fault rip={movsxd} gpa=0x200004 r4 | movsxd r12,[rbx+4] | memory done | mem=0x88878685 r12=0xffffffff88878685
 * final: rax=0xffffffffffff8481 rcx=0xffffffffffff8382 rdx=0x86858483 rsi=0x8887868584838281
 * final: r8=0x81 r9=0x8281 r10=0xffffff81 r11=0xffffffffffff8281 r12=0xffffffff88878685
 * memory: 0x200000 81 82 83 84 85 86 87 88
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov rax, 0x8887868584838281
store:	mov [rbx], rax
	mov rax, -1
	mov rcx, -1
	mov rdx, -1
load1:	mov al, [rbx]
load2:	mov cx, [rbx + 1]
load4:	mov edx, [rbx + 2]
load8:	mov rsi, [rbx]
high:	mov ah, [rbx + 3]
movzx1:	movzx r8d, byte ptr [rbx]
movzx2:	movzx r9, word ptr [rbx]
movsx1:	movsx r10d, byte ptr [rbx]
movsx2:	movsx r11, word ptr [rbx]
movsxd:	movsxd r12, dword ptr [rbx + 4]
	end
