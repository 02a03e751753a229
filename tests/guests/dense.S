/*
 * A loop over a kept page and an ordinary one: with runs and without, the same lines in
 * the same order, the same registers and the same bytes.
 *
 * run: --run-length 0 --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x0->0x5
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x5 rdx=0x5
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x5 rdx=0x5
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x5->0x9
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x9 rdx=0x9
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x9 rdx=0x9
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x9->0xc
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xc rdx=0xc
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xc rdx=0xc
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0xc->0xe
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xe rdx=0xe
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xe rdx=0xe
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0xe->0xf
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xf rdx=0xf
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xf rdx=0xf
 * line: fault rip={shift} gpa=0x200000 rw4 | shl [rbx],2 | memory done | mem=0xf->0x3c
 * line: fault rip={last} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x3c rdx=0x3c
 * final: rax=0x14 rcx=0x0 rdx=0x3c rsi=0x0 rdi=0x300014 rsp=0x1000000 zf=1
 * memory: 0x200000 3c 00 00 00
 * memory: 0x300000 05 00 00 00 09 00 00 00 0c 00 00 00 0e 00 00 00 0f 00 00 00 0f 00 00 00 00 00 00 00
 *
 * run: --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x0->0x5
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x5 rdx=0x5
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x5 rdx=0x5
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x5->0x9
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x9 rdx=0x9
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x9 rdx=0x9
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x9->0xc
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xc rdx=0xc
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xc rdx=0xc
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0xc->0xe
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xe rdx=0xe
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xe rdx=0xe
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0xe->0xf
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xf rdx=0xf
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xf rdx=0xf
 * line: fault rip={shift} gpa=0x200000 rw4 | shl [rbx],2 | memory done | mem=0xf->0x3c
 * line: fault rip={last} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x3c rdx=0x3c
 * final: rax=0x14 rcx=0x0 rdx=0x3c rsi=0x0 rdi=0x300014 rsp=0x1000000 zf=1
 * memory: 0x200000 3c 00 00 00
 *
 * run: --run-length 3 --virtual gpa:0x200000+4096=log:memory
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x0->0x5
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x5 rdx=0x5
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x5 rdx=0x5
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x5->0x9
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x9 rdx=0x9
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x9 rdx=0x9
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0x9->0xc
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xc rdx=0xc
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xc rdx=0xc
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0xc->0xe
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xe rdx=0xe
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xe rdx=0xe
 * line: fault rip={add} gpa=0x200000 rw4 | add [rbx],ecx | memory done | mem=0xe->0xf
 * line: fault rip={both_load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xf rdx=0xf
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0xf rdx=0xf
 * line: fault rip={shift} gpa=0x200000 rw4 | shl [rbx],2 | memory done | mem=0xf->0x3c
 * line: fault rip={last} gpa=0x200000 r4 | mov edx,[rbx] | memory done | mem=0x3c rdx=0x3c
 * final: rax=0x14 rcx=0x0 rdx=0x3c rsi=0x0 rdi=0x300014 rsp=0x1000000 zf=1
 * memory: 0x200000 3c 00 00 00
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov edi, PLAIN
	mov ecx, 5
	xor eax, eax
	xor esi, esi
again:
add:	add [rbx], ecx
	call both
	inc esi
load:	mov edx, [rbx]
	add edi, 4
	dec ecx
	jnz again
	lock xadd [rdi], edx
	lea eax, [rcx + rsi * 4]
shift:	shl dword ptr [rbx], 2
last:	mov edx, [rbx]
	xor esi, esi
	end

both:	push rdx
both_load:
	mov edx, [rbx]
	mov [rdi], edx
	pop rdx
	ret
