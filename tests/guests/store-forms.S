/*
 * A store of each width and form puts exactly its bytes: registers, immediates (sign-
 * extended to 64 bits), the absolute form of mov, setcc; and nothing beside them.
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={store1} gpa=0x200000 w1 | mov [rbx],ah | memory done | mem=0x33
 * line: fault rip={store2} gpa=0x200002 w2 | mov [rbx+2],ax | memory done | mem=0x3344
 * line: fault rip={store4} gpa=0x200004 w4 | mov [rbx+4],eax | memory done | mem=0x11223344
 * line: fault rip={imm1} gpa=0x200008 w1 | mov [rbx+8],0x7f | memory done | mem=0x7f
 * line: fault rip={imm8} gpa=0x200010 w8 | mov [rbx+0x10],-2 | memory done | mem=0xfffffffffffffffe
 * line: fault rip={moffs} gpa=0x200018 w8 | movabs [0x200018],rax | memory done | mem=0x11223344
 * line: fault rip={setc} gpa=0x200024 w1 | setb [rbx+0x24] | memory done | mem=0x1
 * memory: 0x200000 33 00 44 33 44 33 22 11 7f 00 00 00 00 00 00 00
 * memory: 0x200010 fe ff ff ff ff ff ff ff 44 33 22 11 00 00 00 00
 * memory: 0x200020 00 00 00 00 01 00 00 00
 * final: rax=0x11223344 cf=1
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov eax, 0x11223344
store1:	mov [rbx], ah
store2:	mov [rbx + 2], ax
store4:	mov [rbx + 4], eax
imm1:	mov byte ptr [rbx + 8], 0x7f
imm8:	mov qword ptr [rbx + 16], -2
moffs:	movabs [KEPT + 0x18], rax
	stc
setc:	setc byte ptr [rbx + 0x24]
	end
