/*
 * Pages that the guest's own kernel answers for, from its memory: loads, stores and
 * read-modify-writes of all kinds by user code give what memory gives, and arrive in the
 * order of guest/abi/virtual.h. Object 1 is [WINDOW, +2 pages), object 2 the page after.
 *
 * run: --timeout 20
 * cpl: own
 * set: small
 * final: rbx=0x55 rcx=0x8877665544332211 rdx=0x11 rsi=0xc0002048 rdi=0xc0000048 rbp=0x1112131415161718
 * final: r8=0x1122334455667788 r9=0xffffffffddccbbaa r10=0x99aabbcc r11=0x1234 r12=0x5678 r13=0x18 r14=0x6000500040003
 * final: rax=0x2a
 * memory: 0x410000 11 22 33 44 55 66 77 88
 * memory: 0x420000 ee ff 00 11
 * memory: 0x420040 11 22 33 44 55 66 77 88
 * memory: 0x411ff8 78 56 00 00 00 00 00 00
 */
#include "tests/guests/kernel.inc"

kernel:	attach
	declare WINDOW, 2, 1
	test eax, eax
	jnz unexpected
	declare WINDOW + 0x2000, 1, 2
	test eax, eax
	jnz unexpected
	jmp to_user

user:	mov edi, WINDOW
	movabs rax, 0x8877665544332211
	mov [rdi], rax				/* STORE */
	mov ecx, [rdi + 4]			/* LOAD */
	shl rcx, 32
	mov edx, [rdi]
	or rcx, rdx
	movzx edx, byte ptr [rdi]
	add byte ptr [rdi + 0x100], 0x11	/* LOAD, STORE */
	add byte ptr [rdi + 0x100], 0x44
	movzx ebx, byte ptr [rdi + 0x100]
	mov r13d, 0x18
	lock xadd [rdi + 0x200], r13		/* 0 -> 0x18 */
	lock xadd [rdi + 0x200], r13		/* 0x18 -> 0x18 */
	mov eax, 0x18
	mov r12d, 0x42
	lock cmpxchg [rdi + 0x200], r12d	/* equal: 0x42 */
	mov eax, [rdi + 0x200]
	cmp eax, 0x42
	jne bad
	movabs rax, 0x1100ffeeddccbbaa
	mov [rdi + 0x1ffc], rax			/* two objects: ADMIT, ADMIT, STORE, STORE */
	mov r9, -1
	movsxd r9, dword ptr [rdi + 0x1ffc]
	mov rax, [rdi + 0x1ffc]
	movabs rbp, 0x1100ffeeddccbbaa
	cmp rax, rbp
	jne bad
	mov r10d, 0x11223344
	mov [rdi + 0x300], r10d
	xor dword ptr [rdi + 0x300], 0x8888ffff ^ 0x8888ffff
	movabs rax, 0x99aabbcc99aabbcc
	movq xmm0, rax
	movlhps xmm0, xmm0
	movups [rdi + 0x400], xmm0		/* 16 bytes */
	pxor xmm1, xmm1
	paddb xmm1, [rdi + 0x400]
	movd r10d, xmm1
	fld1
	fstp qword ptr [rdi + 0x500]		/* a store that changes the vector state */
	fld qword ptr [rdi + 0x500]
	fistp word ptr [rdi + 0x508]
	movzx eax, word ptr [rdi + 0x508]
	cmp eax, 1
	jne bad
	mov rax, rsp				/* a stack on the page */
	lea rsp, [rdi + 0x2000]
	push 0x1234
	pop r11
	push 0x5678
	call 1f
1:	pop r12
	pop r12
	mov rsp, rax
	lea rsi, [rdi]				/* from one object to the other */
	lea rdi, [rdi + 0x2040]
	mov ecx, 8
	rep movsb
	mov edi, WINDOW
	lea rsi, [rdi + 0x2040]
	mov ecx, 8
	add rdi, 0x40
	rep movsb
	mov rax, rdi
	mov edi, WINDOW
	mov r8, 0x11223344
	mov [rdi + 0x600], r8
	movabs r8, 0x1122334455667788
	xchg [rdi + 0x600], r8
	xchg [rdi + 0x600], r8
	mov r14, [BACK + 0x10000 + 0x700]	/* the user may read it: it is the kernel's memory */
	movabs rbp, 0x0006000500040003
	mov [rdi + 0x700], rbp
	mov r14, [rdi + 0x700]
	movabs rbp, 0x1817161514131211
	bswap rbp
	mov [rdi + 0x708], rbp
	mov rbp, [rdi + 0x708]
	bswap rbp
	bswap rbp
	mov rcx, [rdi]
	mov rdi, rax
	mov r13, 0x18
	movabs rax, 0x1112131415161718
	mov rbp, rax
	mov eax, 0x2a
	end
bad:	end status=1
