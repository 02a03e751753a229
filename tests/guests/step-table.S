/*
 * A page directory in a kept page: the walk's entry is loaded from the keeper, and the
 * accessed and dirty bits that the CPU sets are stores to it.
 *
 * not: pvm/0 KVM interprets level 0, and gives the guest #PF where it cannot read a table
 * run: --virtual gpa:0x200000+4096=log:memory
 * cpl: 0
 * line: fault rip={entry} gpa=0x200000 w8 | mov [rbx],0x400087 | memory done | mem=0x400087
 * line: step rip={load} gpa=0x200000 r8 | mov rcx,[rsi] | memory done | mem=0x400087
 * line: step rip={load} gpa=0x200000 w8 | mov rcx,[rsi] | memory done | mem=0x4000a7
 * line: step rip={store} gpa=0x200000 r8 | mov [rsi],0x77 | memory done | mem=0x4000a7
 * line: step rip={store} gpa=0x200000 w8 | mov [rsi],0x77 | memory done | mem=0x4000e7
 * line: step rip={again} gpa=0x200000 r8 | mov rdx,[rsi] | memory done | mem=0x4000e7 rdx=0x77
 * final: rcx=0x0 rdx=0x77
 * memory: 0x200000 e7 00 40 00 00 00 00 00
 * memory: 0x400010 77 00 00 00 00 00 00 00
 *
 * The same where only stores are kept: the CPU's walk is a store to nested paging, but no load is told, and what it
 * stores is found by comparing.
 *
 * run: --virtual gpa:0x200000+4096:w=log:memory
 * cpl: 0
 * line: fault rip={entry} gpa=0x200000 w8 | mov [rbx],0x400087 | memory done | mem=0x400087
 * line: step rip={load} gpa=0x200000 w1 | mov rcx,[rsi] | memory done | mem=0xa7
 * line: step rip={store} gpa=0x200000 w1 | mov [rsi],0x77 | memory done | mem=0xe7
 * final: rcx=0x0 rdx=0x77
 * memory: 0x200000 e7 00 40 00 00 00 00 00
 * memory: 0x400010 77 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

#define PDPT 0x301000
#define HIGH 0x8000000000

	mov rax, cr3
	mov qword ptr [rax + 8], PDPT | 7
	mov ebx, PDPT
	mov qword ptr [rbx], KEPT | 7
	mov ebx, KEPT
entry:	mov qword ptr [rbx], 0x400087		/* 2 MiB, user, writable */
	movabs rsi, HIGH + 16
load:	mov rcx, [rsi]
store:	mov qword ptr [rsi], 0x77
again:	mov rdx, [rsi]
	end
