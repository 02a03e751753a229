/*
 * The calls by which a kernel declares pages virtual, and what is refused: one row a call,
 * with the status that must come. At CPL 3 the ports do not answer; an area that is no
 * memory is not attached.
 *
 * run: --mem 32M --timeout 20 --virtual gpa:0x700000+8=zero --virtual gpa:0xe0000000+4096=zero
 * cpl: own
 * set: small
 * final: rcx=0x2a rdx=0x1 rsi=0x0 r8=0x1 r9=0x4d r10=0x0 r11=0x55
 */
#include "tests/guests/kernel.inc"

#define OK 0
#define EINVAL 1
#define ENOMEMORY 2
#define EEXIST 3
#define EFORBIDDEN 4
#define NOBODY 77

kernel:	mov edx, PORT_CALL			/* without an area nobody answers */
	mov qword ptr [CALL], 1
	mov qword ptr [CALL + 40], NOBODY
	out dx, eax
	cmp qword ptr [CALL + 40], NOBODY
	jne unexpected
	mov dword ptr [AREA], 0
	mov edx, PORT_ATTACH
	mov eax, WINDOW / 4096			/* no memory */
	out dx, eax
	mov eax, 0x1fff				/* half of it is beyond memory */
	out dx, eax
	mov eax, 0x700				/* a part of it is kept */
	out dx, eax
	mov eax, 0x6ff
	out dx, eax
	mov eax, AREA / 4096			/* not 4 bytes */
	out dx, ax
	cmp dword ptr [AREA], 0
	jne unexpected
	out dx, eax
	cmp dword ptr [AREA], 2
	jne unexpected
	mov edx, PORT_CALL
	mov qword ptr [CALL + 40], NOBODY
	out dx, ax
	cmp qword ptr [CALL + 40], NOBODY
	jne unexpected
	mov rax, cr3
	mov [forbidden_root], rax
	mov rax, [rax]
	and rax, -4096
	mov [forbidden_table], rax
	mov eax, esp
	sub eax, 64
	and eax, -4096
	mov [forbidden_stack], rax
	sgdt [descriptor]
	mov rax, [descriptor + 2]
	and rax, -4096
	mov [forbidden_gdt], rax
	xor ebp, ebp				/* the row */
	lea rsi, rows
1:	cmp rsi, offset rows_end
	je to_user
	mov rbx, rsi
	mov edi, CALL
	mov ecx, 8
	cld
	rep movsq
	mov qword ptr [CALL + 40], NOBODY
	out dx, eax
	mov rax, [rbx + 40]
	cmp rax, [CALL + 40]
	jne wrong
	inc ebp
	jmp 1b
wrong:	mov rcx, rbp
	mov rdx, [CALL + 40]
	mov ebx, 0xbad
	mov eax, 98
	out 0xf4, al
	hlt

user:	mov edi, WINDOW
	xor esi, esi
	mov qword ptr [BACK + 0x30000 + 0x2000], 0x55
	mov r11, [rdi + 0x2000]			/* declared: object 3 from WINDOW on */
	mov qword ptr [0x610000], 0x66		/* stores only: object 4 */
	cmp dword ptr [delivered], 2
	jne bad
	mov r10, [0x610000]			/* a load of what is there: not 0x66 */
	cmp dword ptr [delivered], 2
	jne bad
	mov qword ptr [0x600000], 0x77		/* declared and withdrawn */
	mov rax, [0x600000]
	cmp eax, 0x77
	jne bad
	cmp dword ptr [delivered], 2
	jne bad
	cmp qword ptr [BACK + 0x40000], 0x66
	jne bad
	mov edx, PORT_CALL			/* at CPL 3: no answer */
	mov qword ptr [CALL], 1
	mov qword ptr [CALL + 40], NOBODY
	out dx, eax
	mov r9, [CALL + 40]
	mov r8d, 1
	mov ecx, 0x2a
	mov edx, 1
	end
bad:	end status=1

.macro row call, first, count, object, flags, status, reserved0=0, reserved1=0
	.quad \call, \first, \count, \object, \flags, \status, \reserved0, \reserved1
.endm
	.balign 8
rows:
	row 0, WINDOW, 1, 1, 0, EINVAL
	row 3, WINDOW, 1, 1, 0, EINVAL
	row -1, WINDOW, 1, 1, 0, EINVAL
	row 1, (WINDOW+8), 1, 1, 0, EINVAL
	row 1, WINDOW, 0, 1, 0, EINVAL
	row 1, WINDOW, -1, 1, 0, EINVAL
	row 1, WINDOW, 0x10000000000000, 1, 0, EINVAL
	row 1, WINDOW, 0xfffffffffffff, 1, 0, EINVAL
	row 1, WINDOW, 1, 1, 2, EINVAL
	row 1, WINDOW, 1, 1, 0, EINVAL, 1
	row 1, WINDOW, 1, 1, 0, EINVAL, 0, 1
	row 1, WINDOW, 1, 1, 1, ENOMEMORY		/* stores only, and nothing to load from */
	row 1, (WINDOW-0x1000), 1, 1, 0, ENOMEMORY
	row 1, (WINDOW-0x1000), 2, 1, 0, ENOMEMORY
	row 1, (WINDOW+(64<<20)), 1, 1, 0, ENOMEMORY
	row 1, (WINDOW+(64<<20)-0x1000), 2, 1, 0, ENOMEMORY
	row 1, 0x1fff000, 2, 1, 0, ENOMEMORY		/* the end of memory */
	row 1, 0x1fff000, 0xbe001, 1, 0, ENOMEMORY	/* up to the window */
	row 1, -4096, 1, 1, 0, EINVAL			/* its end is the end of addresses, and one more */
	row 1, -8192, 1, 1, 0, ENOMEMORY
	row 1, 0x700000, 1, 1, 0, EEXIST		/* a keeper of the host's holds 8 bytes of it */
	row 1, 0xe0000000, 1, 1, 0, EEXIST
	row 2, 0x700000, 1, 0, 0, EEXIST
	row 2, 0xe0000000, 1, 0, 0, EEXIST
	row 1, AREA, 1, 1, 0, EFORBIDDEN
	row 1, (AREA+0x1000), 1, 1, 0, EFORBIDDEN
	row 1, (AREA-0x1000), 2, 1, 0, EFORBIDDEN
	row 1, IDT, 1, 1, 0, EFORBIDDEN
	row 1, 0x100000, 1, 1, 0, EFORBIDDEN		/* this code */
	row 1, 0x100000, 1, 1, 1, EFORBIDDEN
forbidden_root = . + 8
	row 1, 0, 1, 1, 0, EFORBIDDEN
forbidden_table = . + 8
	row 1, 0, 1, 1, 0, EFORBIDDEN
forbidden_stack = . + 8
	row 1, 0, 1, 1, 0, EFORBIDDEN
forbidden_gdt = . + 8
	row 1, 0, 1, 1, 0, EFORBIDDEN
	row 1, WINDOW, 4, 3, 0, OK
	row 1, WINDOW, 1, 3, 0, EEXIST
	row 1, (WINDOW+0x3000), 2, 3, 0, EEXIST
	row 2, WINDOW, 1, 0, 0, OK
	row 1, WINDOW, 1, 3, 0, OK
	row 2, (WINDOW+8), 1, 0, 0, EINVAL
	row 2, (WINDOW+(64<<20)), 1, 0, 0, ENOMEMORY
	row 2, (WINDOW+0x8000), 1, 0, 0, OK		/* nothing was declared there */
	row 1, 0x600000, 16, 5, 0, OK
	row 2, 0x600000, 1, 0, 0, OK
	row 2, 0x60f000, 1, 0, 0, OK
	row 1, 0x610000, 1, 4, 1, OK
rows_end:
	.balign 8
descriptor: .quad 0, 0
