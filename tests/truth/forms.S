/*
 * forms.S: instructions whose accesses have more to them than one load or one store: the stack in the buffer,
 * strings, read-modify-write, bit offsets, crossings of cache lines and pages, SSE and x87.
 * The labels are those of forms.known, where the two tellings differ.
 */
	.intel_syntax noprefix
	.text
	.globl	work
work:
	push	rbx
	mov	r15, rsp
	lea	rbx, [buffer]

	/* the stack in the buffer */
	lea	rsp, [rbx + 0x800]
	push	rax
	push	-1
	pop	rcx
	push	[rsp]
	pop	[rsp + 8]
	call	called
	mov	qword ptr [rbx], offset called
	call	[rbx]
	pushfq
	popfq
	enter	16, 0
	leave
	lea	rsp, [rbx + 0x800]
	push	ax
	pop	ax
	lea	rdx, [rip + behind]
	mov	[rbx + 8], rdx
	jmp	[rbx + 8]
behind:
	push	rdx
	lea	rdx, [rip + after]
	mov	[rsp], rdx
	ret
after:
	mov	rsp, r15

	/* read-modify-write, locked and not */
	mov	eax, 5
	add	dword ptr [rbx + 16], 3
	inc	byte ptr [rbx + 16]
	neg	word ptr [rbx + 16]
	not	qword ptr [rbx + 16]
	shl	dword ptr [rbx + 16], 3
	rol	word ptr [rbx + 16], cl
xchg_m:
	xchg	[rbx + 16], eax
lock_add:
	lock add [rbx + 16], eax
lock_xadd:
	lock xadd [rbx + 24], rax
	lock cmpxchg [rbx + 24], rcx
	cmpxchg	[rbx + 24], rcx
	cmpxchg8b [rbx + 32]
	lock cmpxchg16b [rbx + 48]
	adc	[rbx + 16], cx
	shld	[rbx + 16], rcx, 4
	bts	dword ptr [rbx + 64], 3
	mov	ecx, 77
bt_m:
	bt	[rbx + 64], ecx
btr_m:
	btr	[rbx + 64], ecx
lock_bts:
	lock bts [rbx + 64], ecx
	sete	[rbx + 80]
	cmovz	eax, [rbx + 80]
	cmovnz	eax, [rbx + 80]
	test	byte ptr [rbx + 80], 1
	cmp	[rbx + 80], eax
	imul	eax, [rbx + 80], 7
	mov	eax, 100
	xor	edx, edx
	mov	dword ptr [rbx + 84], 7
	div	dword ptr [rbx + 84]
	movzx	eax, word ptr [rbx + 80]
	movsxd	rax, dword ptr [rbx + 80]
	bswap	eax
	bsf	eax, [rbx + 84]
	movnti	[rbx + 88], eax

	/* strings */
	cld
	lea	rdi, [rbx + 0x100]
	mov	ecx, 3
	mov	eax, 0x41424344
	rep stosd
	lea	rsi, [rbx + 0x100]
	lea	rdi, [rbx + 0x180]
	mov	ecx, 3
	rep movsq
	movsb
	lodsw
	lea	rsi, [rbx + 0x100]
	lea	rdi, [rbx + 0x180]
	mov	ecx, 4
	repe cmpsb
	mov	ecx, 4
	lea	rdi, [rbx + 0x180]
	repne scasb
	std
	movsw
	cld
	xor	ecx, ecx
	rep movsb

	/* crossings */
	mov	rax, [rbx + 0x3c]
cross_store:
	mov	[rbx + 0xffd], rax
cross_load:
	mov	eax, [rbx + 0xffe]
cross_rmw:
	add	qword ptr [rbx + 0x1fff], 1

	/* SSE and x87 */
	movups	xmm0, [rbx + 0x100]
	movaps	[rbx + 0x200], xmm0
	paddd	xmm0, [rbx + 0x200]
	movq	[rbx + 0x210], xmm0
	movd	[rbx + 0x218], xmm0
	movhps	[rbx + 0x220], xmm0
	movss	xmm1, [rbx + 0x200]
	cvtsi2sd xmm2, dword ptr [rbx + 0x10]
	movsd	[rbx + 0x228], xmm2
	movntdq	[rbx + 0x230], xmm0
	pextrw	eax, xmm0, 3
	pinsrw	xmm0, word ptr [rbx + 0x200], 2
cross_vector:
	movdqu	[rbx + 0x2ff9], xmm0
	stmxcsr	[rbx + 0x240]
	ldmxcsr	[rbx + 0x240]
	fld1
	fst	dword ptr [rbx + 0x250]
	fst	qword ptr [rbx + 0x258]
	fstp	tbyte ptr [rbx + 0x260]
	fld	tbyte ptr [rbx + 0x260]
	fist	word ptr [rbx + 0x270]
	fiadd	dword ptr [rbx + 0x274]
	fistp	qword ptr [rbx + 0x278]
	fnstcw	[rbx + 0x280]
	fldcw	[rbx + 0x280]
	lea	rdi, [rbx + 0x600]
	pcmpeqb	xmm3, xmm3
masked:
	maskmovdqu xmm0, xmm3
	prefetcht0 [rbx + 0x700]
flush:
	clflush	[rbx + 0x700]

	xor	eax, eax
	pop	rbx
	ret

called:	ret	0

	.section .note.GNU-stack, "", @progbits
