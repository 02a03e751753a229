/*
 * An image with lodestore's own ELF note is started by the protocol of guest/abi/boot.h:
 * the record's magic, size, command line and memory are as promised, and a page of the
 * identity map can be virtual.
 *
 * run: --append hello --mem 32M --virtual gpa:0x200000+4096=log:memory
 * cpl: own
 * line: fault rip={load} gpa=0x200008 r8 | mov rdx,[rdx+8] | memory done | mem=0x0 rdx=0x0
 * final: r9=0x65726f7473646f6c rcx=0x50 rbx=0x6f6c6c6568 rdx=0x0 rsi=0x2000000
 */
#include "guest/abi/note.h"
#include "tests/guests/guest.inc"
	guest_abi_note 0

	mov r8, rdi
	mov edx, KEPT
load:	mov rdx, [rdx + 8]
	mov rcx, [r8 + 16]
	mov rbx, [rcx]			/* "hello" */
	shl rbx, 16
	shr rbx, 16
	mov rcx, [r8 + 32]		/* the first usable range starts at 0 */
	mov rsi, [rcx]
	add rsi, [rcx + 8]
	mov ecx, [r8 + 12]		/* the size of the record */
	mov r9, [r8]
	hlt
