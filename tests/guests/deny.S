/*
 * deny raises the fault that was asked for, at the instruction, which leaves no
 * trace: #GP(0), #PF with the access's error code and CR2. op= chooses what is denied.
 *
 * set: small
 * run: --virtual gpa:0x200000+4096=log:deny
 * status: 1
 * line: fault rip={load} gpa=0x200008 r8 | mov rcx,[rbx+8] | deny deny | #GP(0)
 * final: rcx=0x5 vector=13 error_code=0x0
 * report: exception 13 error 0x0
 *
 * run: --virtual gpa:0x200000+4096=log:deny,fault=pf
 * cpl: 3
 * status: 1
 * line: fault rip={load} gpa=0x200008 r8 | mov rcx,[rbx+8] | deny,fault=pf deny | #PF(auto)
 * final: rcx=0x5 vector=14 error_code=0x5 cr2=0x200008
 * report: exception 14 error 0x5 cr2 0x200008 rip {load}
 *
 * run: --virtual gpa:0x200000+4096=log:deny,op=w,fault=pf:memory
 * cpl: 0
 * status: 1
 * line: fault rip={load} gpa=0x200008 r8 | mov rcx,[rbx+8] | memory done | mem=0x0 rcx=0x0
 * line: fault rip={modify} gpa=0x200010 rw8 | add [rbx+0x10],1 | deny,op=w,fault=pf:memory deny | #PF(auto)
 * final: rcx=0x0 rdx=0x0 vector=14 error_code=0x3 cr2=0x200010
 * memory: 0x200010 00 00 00 00 00 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov ecx, 5
load:	mov rcx, [rbx + 8]
modify:	add qword ptr [rbx + 16], 1
	inc rdx
	end
