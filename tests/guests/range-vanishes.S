/*
 * A range that is given by virtual address is found once: it stays with its physical page when the guest maps that
 * address elsewhere, or nowhere, and another address there.
 *
 * run: --virtual va:0x200000+8=log:memory
 * cpl: 0
 * line: fault rip={first} gpa=0x200000 w8 | mov [rsi],rax | memory done | mem=0x1
 * line: fault rip={back} gpa=0x200000 w8 | mov [rsi],rax | memory done | mem=0x3
 * line: fault rip={alias} gpa=0x200000 r8 | mov rbx,[rdi] | memory done | mem=0x3 rbx=0x3
 * final: rbx=0x3 rcx=0x2
 * memory: 0x210000 02 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

#define TABLES 0x300000 /* PML4, PDPT, PD, and the page table of 0x200000 to 0x400000 */
#define ENTRY 0x3 /* present, writable */
#define LARGE 0x83

	mov edi, TABLES
	xor eax, eax
	mov ecx, 4 * PAGE / 8
	rep stosq
	mov qword ptr [TABLES], TABLES + PAGE + ENTRY
	mov qword ptr [TABLES + PAGE], TABLES + 2 * PAGE + ENTRY
	mov qword ptr [TABLES + 2 * PAGE], LARGE
	mov qword ptr [TABLES + 2 * PAGE + 8], TABLES + 3 * PAGE + ENTRY
	mov edi, TABLES + 3 * PAGE
	mov eax, KEPT + ENTRY
each:	mov [rdi], rax
	add rdi, 8
	add rax, PAGE
	cmp rdi, TABLES + 4 * PAGE
	jb each
	mov eax, TABLES
	mov cr3, rax

	mov esi, KEPT
	mov eax, 1
first:	mov [rsi], rax
	mov qword ptr [TABLES + 3 * PAGE], KEPT + 0x10000 + ENTRY
	invlpg [rsi]
	mov eax, 2
	mov [rsi], rax
	mov rcx, [rsi]
	mov qword ptr [TABLES + 3 * PAGE], 0
	invlpg [rsi]
	mov qword ptr [TABLES + 3 * PAGE], KEPT + ENTRY
	invlpg [rsi]
	mov eax, 3
back:	mov [rsi], rax
	mov qword ptr [TABLES + 3 * PAGE + 8], KEPT + ENTRY
	mov edi, KEPT + PAGE
	invlpg [rdi]
alias:	mov rbx, [rdi]
	end
