/*
 * Loads, stores and read-modify-writes of 32-bit code: 32-bit addresses with base and
 * index, 16-bit ones that wrap at 64 KiB (67), absolute ones, 16-bit operands (66).
 *
 * set: small
 *
 * run: --mode compat --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x8000+4096=log:memory
 * line: fault rip={store} gpa=0x200000 w4 | mov [ebx],eax | memory done | mem=0x11223344
 * line: fault rip={word} gpa=0x200004 w2 | mov [ebx+4],ax | memory done | mem=0x3344
 * line: fault rip={byte} gpa=0x200006 w1 | mov [ebx+6],ah | memory done | mem=0x33
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[ebx+ecx*2-0x20] | memory done | mem=0x11223344 rdx=0x11223344
 * line: fault rip={absol} gpa=0x200004 r4 | mov eax,[0x200004] | memory done | mem=0x333344 rax=0x333344
 * line: fault rip={wide} gpa=0x200002 r2 | movzx esi,[ebx+2] | memory done | mem=0x1122 rsi=0x1122
 * line: fault rip={sign} gpa=0x200003 r1 | movsx edi,[ebx+3] | memory done | mem=0x11 rdi=0x11
 * line: fault rip={add} gpa=0x200000 rw4 | add [ebx],0x1010101 | memory done | mem=0x11223344->0x12233445
 * line: fault rip={lock} gpa=0x200008 rw4 lock | lock xadd [ebx+8],ecx | memory done | mem=0x0->0x10 rcx=0x0
 * line: fault rip={xchg} gpa=0x200000 rw2 lock | xchg [ebx],dx | memory done | mem=0x3445->0x3344 rdx=0x11223445
 * line: fault rip={short} gpa=0x8800 w4 | mov [bx+si-0x800],eax | memory done | mem=0x55667788
 * line: fault rip={wraps} gpa=0x8800 r4 | mov eax,[bp+di+0x7fc] | memory done | mem=0x55667788
 * line: fault rip={large} gpa=0x200000 rw8 | cmpxchg8b [ebx] | memory done | mem=0x33334412233344->0x33334412233344 rax=0x12233344 rdx=0x333344
 * final: rbx=0x200000 rcx=0x0 rsi=0xff0 rdi=0xffff000c
 * memory: 0x200000 44 33 23 12 44 33 33 00 10 00 00 00
 * memory: 0x8800 88 77 66 55
 *
 * run: --mode 32 --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x8000+4096=log:memory
 * line: fault rip={store} gpa=0x200000 w4 | mov [ebx],eax | memory done | mem=0x11223344
 * line: fault rip={word} gpa=0x200004 w2 | mov [ebx+4],ax | memory done | mem=0x3344
 * line: fault rip={byte} gpa=0x200006 w1 | mov [ebx+6],ah | memory done | mem=0x33
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[ebx+ecx*2-0x20] | memory done | mem=0x11223344 rdx=0x11223344
 * line: fault rip={absol} gpa=0x200004 r4 | mov eax,[0x200004] | memory done | mem=0x333344 rax=0x333344
 * line: fault rip={wide} gpa=0x200002 r2 | movzx esi,[ebx+2] | memory done | mem=0x1122 rsi=0x1122
 * line: fault rip={sign} gpa=0x200003 r1 | movsx edi,[ebx+3] | memory done | mem=0x11 rdi=0x11
 * line: fault rip={add} gpa=0x200000 rw4 | add [ebx],0x1010101 | memory done | mem=0x11223344->0x12233445
 * line: fault rip={lock} gpa=0x200008 rw4 lock | lock xadd [ebx+8],ecx | memory done | mem=0x0->0x10 rcx=0x0
 * line: fault rip={xchg} gpa=0x200000 rw2 lock | xchg [ebx],dx | memory done | mem=0x3445->0x3344 rdx=0x11223445
 * line: fault rip={short} gpa=0x8800 w4 | mov [bx+si-0x800],eax | memory done | mem=0x55667788
 * line: fault rip={wraps} gpa=0x8800 r4 | mov eax,[bp+di+0x7fc] | memory done | mem=0x55667788
 * line: fault rip={large} gpa=0x200000 rw8 | cmpxchg8b [ebx] | memory done | mem=0x33334412233344->0x33334412233344 rax=0x12233344 rdx=0x333344
 * final: rbx=0x200000 rcx=0x0 rsi=0xff0 rdi=0xffff000c
 * memory: 0x200000 44 33 23 12 44 33 33 00 10 00 00 00
 * memory: 0x8800 88 77 66 55
 *
 * run: --mode 32-paging --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x8000+4096=log:memory
 * line: fault rip={store} gpa=0x200000 w4 | mov [ebx],eax | memory done | mem=0x11223344
 * line: fault rip={word} gpa=0x200004 w2 | mov [ebx+4],ax | memory done | mem=0x3344
 * line: fault rip={byte} gpa=0x200006 w1 | mov [ebx+6],ah | memory done | mem=0x33
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[ebx+ecx*2-0x20] | memory done | mem=0x11223344 rdx=0x11223344
 * line: fault rip={absol} gpa=0x200004 r4 | mov eax,[0x200004] | memory done | mem=0x333344 rax=0x333344
 * line: fault rip={wide} gpa=0x200002 r2 | movzx esi,[ebx+2] | memory done | mem=0x1122 rsi=0x1122
 * line: fault rip={sign} gpa=0x200003 r1 | movsx edi,[ebx+3] | memory done | mem=0x11 rdi=0x11
 * line: fault rip={add} gpa=0x200000 rw4 | add [ebx],0x1010101 | memory done | mem=0x11223344->0x12233445
 * line: fault rip={lock} gpa=0x200008 rw4 lock | lock xadd [ebx+8],ecx | memory done | mem=0x0->0x10 rcx=0x0
 * line: fault rip={xchg} gpa=0x200000 rw2 lock | xchg [ebx],dx | memory done | mem=0x3445->0x3344 rdx=0x11223445
 * line: fault rip={short} gpa=0x8800 w4 | mov [bx+si-0x800],eax | memory done | mem=0x55667788
 * line: fault rip={wraps} gpa=0x8800 r4 | mov eax,[bp+di+0x7fc] | memory done | mem=0x55667788
 * line: fault rip={large} gpa=0x200000 rw8 | cmpxchg8b [ebx] | memory done | mem=0x33334412233344->0x33334412233344 rax=0x12233344 rdx=0x333344
 * final: rbx=0x200000 rcx=0x0 rsi=0xff0 rdi=0xffff000c
 * memory: 0x200000 44 33 23 12 44 33 33 00 10 00 00 00
 * memory: 0x8800 88 77 66 55
 * not: pvm it has no 32-bit paging
 *
 * run: --mode pae --virtual gpa:0x200000+4096=log:memory --virtual gpa:0x8000+4096=log:memory
 * line: fault rip={store} gpa=0x200000 w4 | mov [ebx],eax | memory done | mem=0x11223344
 * line: fault rip={word} gpa=0x200004 w2 | mov [ebx+4],ax | memory done | mem=0x3344
 * line: fault rip={byte} gpa=0x200006 w1 | mov [ebx+6],ah | memory done | mem=0x33
 * line: fault rip={load} gpa=0x200000 r4 | mov edx,[ebx+ecx*2-0x20] | memory done | mem=0x11223344 rdx=0x11223344
 * line: fault rip={absol} gpa=0x200004 r4 | mov eax,[0x200004] | memory done | mem=0x333344 rax=0x333344
 * line: fault rip={wide} gpa=0x200002 r2 | movzx esi,[ebx+2] | memory done | mem=0x1122 rsi=0x1122
 * line: fault rip={sign} gpa=0x200003 r1 | movsx edi,[ebx+3] | memory done | mem=0x11 rdi=0x11
 * line: fault rip={add} gpa=0x200000 rw4 | add [ebx],0x1010101 | memory done | mem=0x11223344->0x12233445
 * line: fault rip={lock} gpa=0x200008 rw4 lock | lock xadd [ebx+8],ecx | memory done | mem=0x0->0x10 rcx=0x0
 * line: fault rip={xchg} gpa=0x200000 rw2 lock | xchg [ebx],dx | memory done | mem=0x3445->0x3344 rdx=0x11223445
 * line: fault rip={short} gpa=0x8800 w4 | mov [bx+si-0x800],eax | memory done | mem=0x55667788
 * line: fault rip={wraps} gpa=0x8800 r4 | mov eax,[bp+di+0x7fc] | memory done | mem=0x55667788
 * line: fault rip={large} gpa=0x200000 rw8 | cmpxchg8b [ebx] | memory done | mem=0x33334412233344->0x33334412233344 rax=0x12233344 rdx=0x333344
 * final: rbx=0x200000 rcx=0x0 rsi=0xff0 rdi=0xffff000c
 * memory: 0x200000 44 33 23 12 44 33 33 00 10 00 00 00
 * memory: 0x8800 88 77 66 55
 * not: pvm it has no 32-bit paging
 */
#include "tests/guests/guest32.inc"

	mov ebx, KEPT
	mov ecx, 0x10
	mov eax, 0x11223344
store:	mov [ebx], eax
word:	mov [ebx + 4], ax
byte:	mov [ebx + 6], ah
load:	mov edx, [ebx + ecx * 2 - 0x20]
absol:	mov eax, [KEPT + 4]
wide:	movzx esi, word ptr [ebx + 2]
sign:	movsx edi, byte ptr [ebx + 3]
add:	add dword ptr [ebx], 0x01010101
lock:	lock xadd [ebx + 8], ecx
xchg:	xchg [ebx], dx
	mov ebx, 0xffff8010		/* 16-bit addresses have its low half only */
	mov esi, 0xff0
	mov eax, 0x55667788
short:	mov [bx + si - 0x800], eax
	mov ebp, 0x7ff8
	mov edi, 0xffff000c		/* BP + DI wraps: SS, which is flat too */
wraps:	mov eax, [bp + di + 0x7fc]
	mov ebx, KEPT
large:	cmpxchg8b [ebx]
	end
