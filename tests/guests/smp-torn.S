/*
 * Stores of 2 to 64 bytes that are all zeros or all ones, and loads of as many by another vCPU: no load finds some
 * of both, within a page and across two of them. What more than 8 bytes wide lies on memory may be seen in parts; on
 * an object it is one.
 *
 * r8: torn loads, of r13 rounds. On memory (the virtual pages elsewhere, r13=100000000) the second finds thousands.
 *
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0 --reg r13=1000
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * final: r8=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0xfff --reg r13=1000
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * final: r8=0x0
 * run: --cpus 4 --virtual gpa:0x200000+8192=memory --reg r14=0x1 --reg r13=300 --run-length 0
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * final: r8=0x0
 */
#include "tests/guests/guest.inc"

	lea rbx, [r14 + KEPT]
	mov ebp, PLAIN
	cmp edi, 1
	je writer
	ja .
	xor r8d, r8d
	xor r10d, r10d
1:	pause
	cmp byte ptr [rbp], 0
	je 1b

/* Each compares what it found with its lowest byte, repeated. */
reader:	mov ax, [rbx]
	cmp al, ah
	setne al
	movzx eax, al
	add r8, rax
	mov eax, [rbx]
	call check
	mov rax, [rbx]
	cdqe			/* bits 63:32 as bit 31 */
	cmp rax, rax
	mov rax, [rbx]
	call check_wide
	movups xmm0, [rbx]
	movups [rbp + 0x100], xmm0
	mov rax, [rbp + 0x100]
	cmp rax, [rbp + 0x108]
	call torn_if_ne
	call check_wide
	inc r10
	cmp r10, r13
	jne reader
	end

check:	cmp eax, 0
	je 1f
	cmp eax, -1
torn_if_ne:
	je 1f
	inc r8
1:	ret

check_wide:
	cmp rax, 0
	je 1f
	cmp rax, -1
	je 1f
	inc r8
1:	ret

writer:	mov byte ptr [rbp], 1
	xor eax, eax
	pxor xmm1, xmm1
1:	mov [rbx], ax
	mov [rbx], eax
	mov [rbx], rax
	movups [rbx], xmm1
	not rax
	movq xmm1, rax
	punpcklqdq xmm1, xmm1
	movups [rbx], xmm1
	mov [rbx], rax
	jmp 1b
