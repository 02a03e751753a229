/*
 * One vCPU stores r12 bytes (2, 4, 8, 16, 32 or 64), all zeros and all ones in turn, others load as many: no load finds
 * some of both, at the beginning of a page, across two pages of one object, and across two objects.
 *
 * r8: torn loads, of r13 rounds; r9: 1 if the CPU has no registers of r12 bytes, and then nothing was tried. That torn
 * loads are found, where there are some, is seen on memory: tests/smp/run.
 *
 * not: vmx a vCPU that waits for another with interrupts off is never stopped in Bochs
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0 --reg r13=200 --reg r12=2
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0xfff --reg r13=200 --reg r12=2
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0 --reg r13=200 --reg r12=4
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+4096=memory --virtual gpa:0x201000+4096=memory --reg r14=0xffd --reg r13=200 --reg r12=4
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0 --reg r13=200 --reg r12=8
 * final: r8=0x0 r9=0x0
 * run: --cpus 4 --virtual gpa:0x200000+8192=memory --reg r14=0xffb --reg r13=200 --reg r12=8 --run-length 0
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0x10 --reg r13=200 --reg r12=16
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+4096=memory --virtual gpa:0x201000+4096=memory --reg r14=0xff9 --reg r13=200 --reg r12=16
 * final: r8=0x0 r9=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0x21 --reg r13=200 --reg r12=32
 * not: pvm/0 KVM's interpreter has no xgetbv and no AVX
 * final: r8=0x0
 * run: --cpus 4 --virtual gpa:0x200000+8192=memory --reg r14=0xfe1 --reg r13=200 --reg r12=32 --run-length 0
 * not: pvm/0 KVM's interpreter has no xgetbv and no AVX
 * final: r8=0x0
 * run: --cpus 2 --virtual gpa:0x200000+8192=memory --reg r14=0x40 --reg r13=200 --reg r12=64
 * not: pvm/0 KVM's interpreter has no xgetbv and no AVX
 * final: r8=0x0
 * run: --cpus 2 --virtual gpa:0x200000+4096=memory --virtual gpa:0x201000+4096=memory --reg r14=0xfc7 --reg r13=200 --reg r12=64
 * not: pvm/0 KVM's interpreter has no xgetbv and no AVX
 * final: r8=0x0
 */
#include "tests/guests/guest.inc"

#define FLAG (PLAIN)		/* 1: the writer has begun */
#define FOUND (PLAIN + 0x1000)	/* what was loaded; each vCPU has 64 bytes there */

	mov r15d, edi
	mov r11d, edi
	shl r11d, 6
	add r11d, FOUND
	lea rbx, [r14 + KEPT]
	call has_registers
	test r9d, r9d
	jz 1f
	xor r8d, r8d
	cmp r15d, 0
	jne .
	end
1:	cmp r15d, 1
	je writer
	xor r8d, r8d
	xor r10d, r10d
2:	pause
	cmp byte ptr [FLAG], 0
	je 2b

reader:	call load
	mov al, [r11]
	mov ecx, 1
3:	cmp al, [r11 + rcx]
	jne torn
	inc ecx
	cmp ecx, r12d
	jne 3b
	jmp 4f
torn:	inc r8
4:	inc r10
	cmp r10, r13
	jb reader
	cmp r15d, 0
	jne .			/* the others go on only to be in the way */
	end

/* rdx, and as much of the vectors as there is, are zeros and ones in turn. */
writer:	xor edx, edx
5:	mov byte ptr [FLAG], 1
	call store
	not rdx
	cmp r12d, 16
	jb 5b
	movq xmm0, rdx
	punpcklqdq xmm0, xmm0
	je 5b
	vinsertf128 ymm0, ymm0, xmm0, 1
	cmp r12d, 32
	je 5b
	vinserti64x4 zmm0, zmm0, ymm0, 1
	jmp 5b

store:	cmp r12d, 4
	jb store_2
	je store_4
	cmp r12d, 16
	jb store_8
	je store_16
	cmp r12d, 64
	jb store_32
	vmovdqu64 [rbx], zmm0
	ret
store_32: vmovdqu [rbx], ymm0
	ret
store_16: movdqu [rbx], xmm0
	ret
store_8: mov [rbx], rdx
	ret
store_4: mov [rbx], edx
	ret
store_2: mov [rbx], dx
	ret

load:	cmp r12d, 4
	jb load_2
	je load_4
	cmp r12d, 16
	jb load_8
	je load_16
	cmp r12d, 64
	jb load_32
	vmovdqu64 zmm1, [rbx]
	vmovdqu64 [r11], zmm1
	ret
load_32: vmovdqu ymm1, [rbx]
	vmovdqu [r11], ymm1
	ret
load_16: movdqu xmm1, [rbx]
	movdqu [r11], xmm1
	ret
load_8:	mov rax, [rbx]
	mov [r11], rax
	ret
load_4:	mov eax, [rbx]
	mov [r11], eax
	ret
load_2:	mov ax, [rbx]
	mov [r11], ax
	ret

/* r9: 0 if registers of r12 bytes are there, and XCR0 has them. */
has_registers:
	push rbx
	xor r9d, r9d
	cmp r12d, 32
	jb 9f
	mov eax, 1
	cpuid
	bt ecx, 27		/* OSXSAVE */
	jnc 8f
	xor ecx, ecx
	xgetbv
	mov ecx, 6
	cmp r12d, 64
	jne 7f
	mov ecx, 0xe6
7:	and eax, ecx
	cmp eax, ecx
	je 9f
8:	mov r9d, 1
9:	pop rbx
	ret
