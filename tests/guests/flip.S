/*
 * Memory with bad bits: stores go in, loads come out wrong, in their byte alone; so do the loads of
 * read-modify-writes, and strings. A stuck bit is right by half.
 *
 * run: --virtual gpa:0x200000+4096=flip,at=0x10,bit=3 --virtual gpa:0x201000+16=flip,at=0,mask=0x81,stuck=1
 * final: rax=0x1122334455667788 rbx=0x112233445566778f rcx=0x0 rdx=0x8 rsi=0x201008 rbp=0x81 r8=0xff r9=0x18 r10=0x7f
 * memory: 0x200010 7f 00 00 00 00 00 00 00 87 77 66 55 44 33 22 11
 * memory: 0x201000 7f 00
 * memory: 0x300000 81 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov rdi, KEPT
	mov rax, 0x1122334455667788
	mov [rdi + 8], rax
	mov [rdi + 0x18], rax
	mov rbx, [rdi + 8]		/* not in it */
	mov rcx, [rdi + 0x18]
	sub rcx, rbx			/* nor in this one */
	lea rbx, [rbx + 7]
	mov qword ptr [rdi + 0x10], 0
	movzx edx, byte ptr [rdi + 0x10]
	mov byte ptr [rdi + 0x10], 0x10
	movzx r9d, byte ptr [rdi + 0x10]
	sub qword ptr [rdi + 0x18], 1
	mov byte ptr [rdi + 0x10], 0x77
	mov r10d, 0
	xadd [rdi + 0x10], r10b		/* reads 0x7f, and that is what it puts */
	mov rsi, KEPT + 0x1000
	mov rdi, PLAIN
	movzx ebp, byte ptr [rsi]
	mov byte ptr [rsi], 0x7f
	movzx r8d, byte ptr [rsi]
	mov byte ptr [rsi], 0
	mov ecx, 8
	rep movsb
	mov byte ptr [rsi - 8], 0x7f
	end
