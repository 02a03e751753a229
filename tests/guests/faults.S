/*
 * Faults of accesses that begin or end in a kept page, at level 0 and then at level 3, are
 * the CPU's own: vector, error code, CR2; and which accessed and dirty bits are set. Each
 * record is 8 bytes: case, vector, error code, CR2 (of the last #PF). The second run has no kept
 * page; not compared there are read-modify-writes, of which QEMU reports the load and CPUs the
 * store, and #SS and #AC, of which QEMU makes #GP and nothing.
 *
 * not: pvm KVM interprets level 0 and has no iretq
 * run: --virtual gpa:0x200000+4096=memory --virtual gpa:0x203000+4096=memory --virtual gpa:0x207000+4096=memory --virtual gpa:0x209000+4096=memory --page-size 2M
 * cpl: 0
 * memory: 0x300000 01 0e 00 00 00 10 20 00 02 0e 02 00 00 10 20 00 03 0e 00 00 00 10 20 00 04 0e 03 00 00 40 20 00
 * memory: 0x300020 05 00 00 00 00 00 00 00 06 0e 02 00 fc 6f 20 00 07 0e 00 00 fd 6f 20 00 08 0d 00 00 fd 6f 20 00
 * memory: 0x300040 09 0d 00 00 fd 6f 20 00 0a 0d 00 00 fd 6f 20 00 0b 00 00 00 00 00 00 00 0c 0e 00 00 00 10 20 00
 * memory: 0x300060 02 00 00 00 00 00 00 00
 * memory: 0x300080 01 0e 04 00 00 10 20 00 02 0e 06 00 00 10 20 00 03 0e 04 00 00 10 20 00 04 0e 07 00 00 40 20 00
 * memory: 0x3000a0 05 00 00 00 00 00 00 00 06 0e 06 00 fc 6f 20 00 07 0e 04 00 fd 6f 20 00 08 0d 00 00 fd 6f 20 00
 * memory: 0x3000c0 09 0d 00 00 fd 6f 20 00 0a 0d 00 00 fd 6f 20 00 0b 0e 07 00 00 a0 20 00 0c 0e 04 00 00 10 20 00
 * memory: 0x3000e0 02 00 00 00 00 00 00 00
 * memory: 0x300800 01 0e 02 00 00 10 20 00 02 0e 02 00 00 10 20 00 03 0e 03 00 00 40 20 00 04 0c 00 00 00 40 20 00 05 0c 00 00 00 40 20 00 06 00 00 00 00 00 00 00
 * memory: 0x300830 01 0e 06 00 00 10 20 00 02 0e 06 00 00 10 20 00 03 0e 07 00 00 40 20 00 04 0c 00 00 00 40 20 00 05 0c 00 00 00 40 20 00 06 11 00 00 00 40 20 00
 * memory: 0x400000 67 00 20
 * memory: 0x400018 67 30 20
 * memory: 0x400020 25 40 20
 * memory: 0x400038 67 70 20
 *
 * run: --virtual gpa:0x280000+4096=memory --page-size 2M
 * cpl: 0
 * memory: 0x300000 01 0e 00 00 00 10 20 00 02 0e 02 00 00 10 20 00 03 0e 00 00 00 10 20 00 04 0e 03 00 00 40 20 00
 * memory: 0x300020 05 00 00 00 00 00 00 00 06 0e 02 00 fc 6f 20 00 07 0e 00 00 fd 6f 20 00 08 0d 00 00 fd 6f 20 00
 * memory: 0x300040 09 0d 00 00 fd 6f 20 00 0a 0d 00 00 fd 6f 20 00 0b 00 00 00 00 00 00 00 0c 0e 00 00 00 10 20 00
 * memory: 0x300060 02 00 00 00 00 00 00 00
 * memory: 0x300080 01 0e 04 00 00 10 20 00 02 0e 06 00 00 10 20 00 03 0e 04 00 00 10 20 00 04 0e 07 00 00 40 20 00
 * memory: 0x3000a0 05 00 00 00 00 00 00 00 06 0e 06 00 fc 6f 20 00 07 0e 04 00 fd 6f 20 00 08 0d 00 00 fd 6f 20 00
 * memory: 0x3000c0 09 0d 00 00 fd 6f 20 00 0a 0d 00 00 fd 6f 20 00 0b 0e 07 00 00 a0 20 00 0c 0e 04 00 00 10 20 00
 * memory: 0x3000e0 02 00 00 00 00 00 00 00
 * memory: 0x400000 67 00 20
 * memory: 0x400018 67 30 20
 * memory: 0x400020 25 40 20
 * memory: 0x400038 67 70 20
 */
#include "tests/guests/guest.inc"

#define TABLE 0x400000
#define HIGH_TABLES 0x401000
#define RECORDS PLAIN
#define OTHERS (PLAIN + 0x800)
#define TOP 0x7ffffffff000

	.macro case number, insn:vararg
	mov byte ptr [r14], \number
	lea r15, [rip + 9f]
	\insn
9:	add r14, 8
	.endm

	/* the tables: 4 KiB pages of [2 MiB, 4 MiB), and the last page of the lower half */
	mov rax, cr3
	or qword ptr [rax], 4
	mov rbx, [rax]
	and rbx, ~0xfff
	or qword ptr [rbx], 4
	mov rbx, [rbx]
	and rbx, ~0xfff
	or qword ptr [rbx], 4
	or qword ptr [rbx + 16], 4
	mov ecx, 512
	mov edi, TABLE
	mov eax, KEPT | 7
1:	mov [rdi], rax
	add eax, PAGE
	add edi, 8
	loop 1b
	mov edi, TABLE
	mov qword ptr [rdi + 8], 0			/* 0x201000: not present */
	mov dword ptr [rdi + 8 * 4], 0x204005		/* read-only */
	mov qword ptr [rdi + 8 * 6], 0			/* 0x206000: not present */
	mov dword ptr [rdi + 8 * 10], 0x20a003		/* supervisor */
	mov qword ptr [rbx + 8], TABLE | 7
	mov rax, cr3
	mov qword ptr [rax + 8 * 255], HIGH_TABLES | 7
	mov edi, HIGH_TABLES
	mov qword ptr [rdi + 8 * 511], (HIGH_TABLES + PAGE) | 7
	mov qword ptr [rdi + PAGE + 8 * 511], (HIGH_TABLES + 2 * PAGE) | 7
	mov qword ptr [rdi + 2 * PAGE + 8 * 511], 0x209007
	mov cr3, rax
	mov rax, cr0
	or eax, 0x40000				/* AM */
	mov cr0, rax
	lgdt [rip + gdtr]
	lidt [rip + idtr]
	lea rax, [rip + tss]
	lea rbx, [rip + gdt + 0x28]
	mov [rbx + 2], ax
	shr rax, 16
	mov [rbx + 4], al
	mov eax, 0x28
	ltr ax
	mov r13d, RECORDS
	mov r12d, OTHERS
	call all
	push 0x23
	push 0x382000
	push 2
	push 0x1b
	lea rax, [rip + user]
	push rax
	iretq
user:	call all
	xor eax, eax
	ud2

all:	mov r14, r13
	mov ebx, KEPT
	mov rbp, TOP + 0xffc
	mov eax, 0x5a5a5a5a
	case 1, mov rcx, [rbx + 0xffc]			/* into a page that is not there */
	case 2, mov [rbx + 0xffc], rax
	case 3, movups xmm0, [rbx + 0xff8]
	case 4, mov [rbx + 0x3ffc], rax			/* into one that is read-only */
	case 5, mov rcx, [rbx + 0x3ffc]			/* which may be read */
	case 6, mov [rbx + 0x6ffc], rax			/* from one that is not there */
	case 7, mov rcx, [rbx + 0x6ffd]
	mov rdi, rbp
	case 8, mov rcx, [rdi]				/* into what is not canonical */
	case 9, mov [rdi], rax
	case 10, movaps xmm0, [rbx + 8]			/* not aligned: #GP at any level */
	case 11, mov [rbx + 0x9ffc], rax		/* into the supervisor's */
	mov ecx, 3
	lea rsi, [rbx + 0xfff]
	lea rdi, [rbx + 0x7100]
	case 12, rep movsb				/* after one element */
	mov [r14], rcx
	add r13, 0x80
	mov r14, r12
	case 1, add [rbx + 0xffc], rax			/* read-modify-writes */
	case 2, lock add [rbx + 0xffc], rax
	case 3, xchg [rbx + 0x3ffc], rax
	case 4, mov rcx, [rbp]				/* by the stack's segment: #SS */
	case 5, mov [rbp], rax
	pushfq
	or dword ptr [rsp], 0x40000
	popfq
	case 6, mov rcx, [rbx + 4]			/* #AC at level 3 only */
	pushfq
	and dword ptr [rsp], ~0x40000
	popfq
	mov r12, r14
	ret

	.macro handler number
	push \number
	jmp note
	.endm
on_ss:	handler 12
on_gp:	handler 13
on_pf:	handler 14
on_ac:	handler 17
on_ud:	end
note:	push rax
	mov rax, [rsp + 8]
	mov [r14 + 1], al
	mov rax, [rsp + 16]
	mov [r14 + 2], ax
	mov rax, cr2
	mov [r14 + 4], eax
	pop rax
	add rsp, 16
	mov [rsp], r15
	iretq

	.balign 8
	.word 0, 0, 0
gdtr:	.word 0x37
	.quad gdt
gdt:	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00affb000000ffff, 0x00cff3000000ffff
	.quad 0x0000890000000067, 0
	.word 0, 0, 0
idtr:	.word 4095
	.quad idt
	.macro gate to
	.word \to - _start, 8, 0xee00, 0x10
	.quad 0
	.endm
	.balign 16
idt:	.fill 6 * 16, 1, 0
	gate on_ud
	.fill 5 * 16, 1, 0
	gate on_ss
	gate on_gp
	gate on_pf
	.fill 2 * 16, 1, 0
	gate on_ac
	.fill 238 * 16, 1, 0
tss:	.long 0, 0x381000, 0
	.fill 92, 1, 0
