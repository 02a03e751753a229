/*
 * A virtio device is the keeper of its registers: its driver's accesses are logged like any others. It fills a
 * buffer that memory keeps, and what the keeper then gives is that. A chain that is a loop ends in DEVICE_NEEDS_RESET.
 *
 * set: small
 * run: --entropy --virtual gpa:0xfeb01000+4096=log,op=r:device --virtual gpa:0x200000+4096=memory
 * line: fault rip={interrupt} gpa=0xfeb01060 r4 | mov edx,[rbx+0x60] | device done | mem=0x1 rdx=0x1
 * line: fault rip={status} gpa=0xfeb01070 r4 | mov edi,[rbx+0x70] | device done | mem=0x4f rdi=0x4f
 * final: rcx=0x10 rdx=0x1 rsi=0x1 rdi=0x4f
 * report: virtio entropy: a chain is longer than the queue, or a loop: the device needs a reset
 *
 * A keeper that sees each access is passed by, and that is told.
 *
 * run: --entropy --virtual gpa:0x200000+4096=watch,op=w:memory
 * final: rcx=0x10 rdx=0x1 rsi=0x1 rdi=0x4f
 * report: a virtio device writes gpa 0x200000+0x10, part of which is kept: its keeper is not asked
 */
#include "tests/guests/guest.inc"

#define REGISTERS 0xfeb01000
#define DRIVER (PLAIN + 0x400)
#define DEVICE (PLAIN + 0x800)

.macro register offset, value
	mov dword ptr [rbx + \offset], \value
.endm

	mov ebx, REGISTERS
	register 0x70, 3 /* status: acknowledge, driver */
	register 0x24, 1
	register 0x20, 1 /* features: VERSION_1 */
	register 0x70, 11 /* features OK */
	register 0x38, 8 /* the queue's size */
	register 0x80, PLAIN
	register 0x90, DRIVER
	register 0xa0, DEVICE
	register 0x44, 1 /* ready */
	register 0x70, 15 /* driver OK */
	/* a descriptor of 16 bytes to be written, and a chain of it */
	mov dword ptr [PLAIN], KEPT
	mov dword ptr [PLAIN + 8], 16
	mov dword ptr [PLAIN + 12], 2
	mov dword ptr [DRIVER], 0x10000
	register 0x50, 0 /* notify */
	mov ecx, [DEVICE + 8]
interrupt: mov edx, [rbx + 0x60]
	xor esi, esi
	mov rax, [KEPT]
	or rax, [KEPT + 8]
	setne sil
	/* now one whose next is itself */
	mov dword ptr [PLAIN + 12], 1
	mov dword ptr [DRIVER], 0x20000
	register 0x50, 0
status: mov edi, [rbx + 0x70]
	end
