/*
 * A REP that reaches a refused page stops there with what it has done: the count and
 * pointers tell how far it came, and what it stored is stored.
 *
 * run: --virtual gpa:0x201000+4096=log:deny
 * status: 1
 * line: fault rip={fill} gpa=0x201000 w1 | rep stosb [rdi],al | deny deny | #GP(0)
 * final: vector=13 rcx=0x5 rdi=0x201000
 * memory: 0x200ffc 00 aa aa aa
 *
 * run: --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x201000+4096=log:deny,fault=pf
 * cpl: 3
 * status: 1
 * line: fault rip={fill} gpa=0x200ffd w1 | rep stosb [rdi],al | memory done | mem=0xaa rcx=0x7 rdi=0x200ffe
 * line: fault rip={fill} gpa=0x200ffe w1 | rep stosb [rdi],al | memory done | mem=0xaa rcx=0x6 rdi=0x200fff
 * line: fault rip={fill} gpa=0x200fff w1 | rep stosb [rdi],al | memory done | mem=0xaa rcx=0x5 rdi=0x201000
 * line: fault rip={fill} gpa=0x201000 w1 | rep stosb [rdi],al | deny,fault=pf deny | #PF(auto)
 * final: vector=14 error_code=0x7 cr2=0x201000 rcx=0x5 rdi=0x201000
 * memory: 0x200ffc 00 aa aa aa
 */
#include "tests/guests/guest.inc"

	mov edi, KEPT + PAGE - 3
	mov ecx, 8
	mov eax, 0xaa
fill:	rep stosb
	end
