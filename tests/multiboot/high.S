/*
 * high.S: a 32-bit kernel that is linked at 3 GiB and turns paging on, with tables of two levels or, with PAE, of
 * three. It then uses its symbol cell, and what it has mapped at 0xd0000000, which is memory at 4 MiB.
 */
#define LOW(address) ((address) - 0xc0000000)

	.section .header, "a"
	.balign 4
	.long 0x1badb002, 0, -0x1badb002

	.text
	.code32
	.globl begin
begin:
#ifdef PAE
	movl $LOW(first) + 1, LOW(table)
	movl $LOW(last) + 1, LOW(table) + 24
	movl $0x83, LOW(first)			/* pages of 2 MiB */
	movl $0x83, LOW(last)
	movl $0x400083, LOW(last) + 8 * 128
	mov $0x20, %eax
#else
	movl $0x83, LOW(table)			/* pages of 4 MiB */
	movl $0x83, LOW(table) + 4 * 768
	movl $0x400083, LOW(table) + 4 * 832
	mov $0x10, %eax
#endif
	mov %eax, %cr4
	mov $LOW(table), %eax
	mov %eax, %cr3
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	mov $high, %eax
	jmp *%eax

high:	out %al, $0x80				/* an exit: what is mapped now can be kept */
	movl $0x11223344, cell
	mov cell, %ecx
	lock incl cell
	movl $0x55, 0xd0000000
	mov 0xd0000000, %ebx
	mov $0, %al
	out %al, $0xf4
1:	cli
	hlt
	jmp 1b

	.data
	.balign 4096
	.globl cell
	.type cell, @object
	.size cell, 4
cell:	.long 0

	.bss
	.balign 4096
table:	.skip 4096
first:	.skip 4096
last:	.skip 4096
