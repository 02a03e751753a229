/*
 * INT n in protected mode with the gates or the stack in a kept page: the gate is one load
 * of eight bytes, the frame one store of twelve; an exception with an error code stores sixteen,
 * with RF set in the flags where it is a fault (QEMU 7.2 leaves it clear, Bochs sets it as CPUs do).
 *
 * not: pvm its interpreter has no iret in protected mode
 * run: --mode 32 --virtual gpa:0x200000+2048=log:memory
 * cpl: 0
 * line: fault rip=0x100005 gpa=0x200200 w2 | mov [0x200200],ax | memory done | mem=0x88
 * line: fault rip=0x10000b gpa=0x200202 w2 | mov [0x200202],cs | memory done | mem=0x8
 * line: fault rip=0x100011 gpa=0x200204 w2 | mov [0x200204],0x8e00 | memory done | mem=0x8e00
 * line: fault rip=0x10001d gpa=0x200206 w2 | mov [0x200206],ax | memory done | mem=0x10
 * line: fault rip=0x100028 gpa=0x200018 w2 | mov [0x200018],ax | memory done | mem=0x91
 * line: fault rip=0x10002e gpa=0x20001a w2 | mov [0x20001a],cs | memory done | mem=0x8
 * line: fault rip=0x100034 gpa=0x20001c w2 | mov [0x20001c],0x8e00 | memory done | mem=0x8e00
 * line: fault rip=0x100040 gpa=0x20001e w2 | mov [0x20001e],ax | memory done | mem=0x10
 * line: fault rip=0x10004b gpa=0x200068 w2 | mov [0x200068],ax | memory done | mem=0x93
 * line: fault rip=0x100051 gpa=0x20006a w2 | mov [0x20006a],cs | memory done | mem=0x8
 * line: fault rip=0x100057 gpa=0x20006c w2 | mov [0x20006c],0x8e00 | memory done | mem=0x8e00
 * line: fault rip=0x100063 gpa=0x20006e w2 | mov [0x20006e],ax | memory done | mem=0x10
 * line: step rip={int40} gpa=0x200200 r8 | int 0x40 | memory done | mem=0x108e0000080088 rsp=0x300074
 * line: step rip={int3} gpa=0x200018 r8 | int3 | memory done | mem=0x108e0000080091 rsp=0x300074
 * line: step rip={fault} gpa=0x200068 r8 | (delivery of vector 13) | memory done | mem=0x108e0000080093 rsp=0x300070
 * final: rcx=0x3 rdx=0x40 rsi=0x46
 *
 * run: --mode 32 --virtual gpa:0x300000+256=log:memory
 * cpl: 0
 * line: step rip={int40} gpa=0x300074 w12 | int 0x40 | memory done | mem=0x460000000800100079 rsp=0x300074
 * line: fault rip={forty} gpa=0x30007c r4 | mov esi,[esp+8] | memory done | mem=0x46 rsi=0x46
 * line: step rip=0x100092 gpa=0x300074 r12 | iretd | memory done | mem=0x460000000800100079 rsp=0x300080
 * line: step rip=0x100092 gpa=0x300080 r52 | iretd | memory done | mem=0x0 rsp=0x300080
 * line: step rip={int3} gpa=0x300074 w12 | int3 | memory done | mem=0x46000000080010007a rsp=0x300074
 * line: step rip=0x100092 gpa=0x300074 r12 | iretd | memory done | mem=0x46000000080010007a rsp=0x300080
 * line: step rip=0x100092 gpa=0x300080 r52 | iretd | memory done | mem=0x0 rsp=0x300080
 * line/svm: step rip={fault} gpa=0x300070 w16 | (delivery of vector 13) | memory done | mem=0x46000000080010007c000007fa rsp=0x300070
 * line/vmx: step rip={fault} gpa=0x300070 w16 | (delivery of vector 13) | memory done | mem=0x10046000000080010007c000007fa rsp=0x300070
 * line: fault rip={add} gpa=0x300074 rw4 | add [esp],2 | memory done | mem=0x10007c->0x10007e
 * line/svm: step rip=0x100092 gpa=0x300074 r12 | iretd | memory done | mem=0x46000000080010007e rsp=0x300080
 * line/vmx: step rip=0x100092 gpa=0x300074 r12 | iretd | memory done | mem=0x10046000000080010007e rsp=0x300080
 * line: step rip=0x100092 gpa=0x300080 r52 | iretd | memory done | mem=0x0 rsp=0x300080
 * final: rcx=0x3 rdx=0x40 rsi=0x46
 *
 * run: --mode 32-paging --virtual gpa:0x200000+2048=memory --virtual gpa:0x300000+256=memory
 * cpl: 0
 * final: rcx=0x3 rdx=0x40 rsi=0x46
 *
 * run: --mode pae --virtual gpa:0x200000+2048=memory --virtual gpa:0x300000+256=memory
 * cpl: 0
 * final: rcx=0x3 rdx=0x40 rsi=0x46
 */
#include "tests/guests/guest32.inc"

	.macro gate vector, handler
	mov eax, offset \handler
	mov [KEPT + 8 * \vector], ax
	mov [KEPT + 8 * \vector + 2], cs
	mov word ptr [KEPT + 8 * \vector + 4], 0x8e00
	shr eax, 16
	mov [KEPT + 8 * \vector + 6], ax
	.endm

	gate 0x40, forty
	gate 3, three
	gate 13, thirteen
	lidt [idtr]
	mov esp, PLAIN + 0x80
	xor ecx, ecx
int40:	int 0x40
int3:	int3
	xor eax, eax
fault:	int 0xff		/* beyond the table: #GP */
	end

forty:	mov esi, [esp + 8]
	mov edx, 0x40
three:	inc ecx
	iretd
thirteen:
	add esp, 4
add:	add dword ptr [esp], 2
	jmp three

idtr:	.word 0x41 * 8 - 1
	.long KEPT
