/*
 * A physical address that is neither memory nor kept stops the guest with a report;
 * with --absent ones it reads all ones, and a store is dropped. A keeper may stand
 * where there is no memory.
 *
 * run: --virtual gpa:0x80000000+8=log:counter
 * status: 1
 * line: fault rip={store} gpa=0x80000000 w8 | mov [rbx],rax | counter done | mem=0x7
 * line: fault rip={load} gpa=0x80000000 r8 | mov rcx,[rbx] | counter done | mem=0x1 rcx=0x1
 * final: rcx=0x1 rdx=0x7
 * report: load of 4 bytes at gpa 0x80000008, which is neither memory nor kept
 *
 * run: --absent ones --virtual gpa:0x80000000+8=log:counter
 * line: fault rip={store} gpa=0x80000000 w8 | mov [rbx],rax | counter done | mem=0x7
 * line: fault rip={load} gpa=0x80000000 r8 | mov rcx,[rbx] | counter done | mem=0x1 rcx=0x1
 * final: rcx=0x1 rdx=0xffffffff
 */
#include "tests/guests/guest.inc"

	mov ebx, 0x80000000
	mov eax, 7
	mov edx, 7
store:	mov [rbx], rax
load:	mov rcx, [rbx]
hole:	mov edx, [rbx + 8]
	mov [rbx + 16], rax
	end
