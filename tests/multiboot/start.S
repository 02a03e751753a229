/*
 * start.S: the header and the first instructions of kernel.c. VERSION is 1 or 2; with FLAT the header has the
 * addresses by which a flat image is loaded. start, stop, end and zero_end are kernel.ld's.
 */
	.section .header, "a"
	.balign 8
#if VERSION == 1
#ifdef FLAT
#define FLAGS 0x10007
#else
#define FLAGS 0x7
#endif
header:	.long 0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
	.long header, start, stop, zero_end, begin
	.long 1, 80, 25, 0	/* video: text */
#else
header:	.long 0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
#ifdef FLAT
	.short 2, 0
	.long 24, header, start, stop, zero_end
	.short 3, 0
	.long 12, begin, 0
#endif
	.short 1, 0		/* what it wants to know: a screen too */
	.long 24, 1, 6, 8, 15
	.short 9, 1		/* for EFI alone, and optional */
	.long 12, 0, 0
	.short 0, 0
	.long 8
header_end:
#endif

	.text
	.code32
	.globl begin
begin:	mov $stack_end, %esp
	pushf
	pop %ecx
	mov %cr0, %edx
	push %ecx
	push %edx
	push %ebx
	push %eax
	call kernel
1:	cli
	hlt
	jmp 1b

	.bss
	.balign 16
	.skip 0x4000
stack_end:
