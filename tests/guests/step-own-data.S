/*
 * Code on a kept page that is also its data: an instruction is fetched from the page that
 * it loads from, stores to, and modifies; also one that changes the instruction behind it.
 *
 * not: pvm/3 this KVM gives the guest the #DB of a single step at level 3
 * run: --virtual sym:page,4096=log:memory
 * line: step rip={load} gpa=0x101000 r6 | mov edx,[rip+0x2a] | memory done | mem=0x2a158b rdx=0x7
 * line: step rip={load} gpa=0x101030 r4 | mov edx,[rip+0x2a] | memory done | mem=0x7 rdx=0x7
 * line: step rip={store} gpa=0x101006 r10 | mov [rip+0x20],8 | memory done | mem=0x80000002005c7
 * line: step rip={store} gpa=0x101030 w4 | mov [rip+0x20],8 | memory done | mem=0x8
 * line: step rip={inc} gpa=0x101010 r6 | inc [rip+0x1a] | memory done | mem=0x1a05ff
 * line: step rip={inc} gpa=0x101030 rw4 | inc [rip+0x1a] | memory done | mem=0x8->0x9
 * line: step rip={again} gpa=0x101016 r6 | mov esi,[rip+0x14] | memory done | mem=0x14358b rsi=0x9
 * line: step rip={again} gpa=0x101030 r4 | mov esi,[rip+0x14] | memory done | mem=0x9 rsi=0x9
 * line: step rip=0x10101c gpa=0x10101c r2 | inc edx | memory done | mem=0xc2ff rdx=0x8
 * line: step rip={patch} gpa=0x10101e r7 | mov [rip+1],0x33 | memory done | mem=0x330000000105c6
 * line: step rip={patch} gpa=0x101026 w1 | mov [rip+1],0x33 | memory done | mem=0x33
 * line: step rip={next} gpa=0x101025 r5 | mov ecx,0x33 | memory done | mem=0x33b9 rcx=0x33
 * line: step rip=0x10102a gpa=0x10102a r5 | jmp 0xfd6 | memory done | mem=0xfd1e9
 * final: rdx=0x8 rcx=0x33 rsi=0x9
 *
 * run: --virtual sym:page,4096=step,undo=3:memory
 * line: step rip={load} gpa=0x101000 r6 | mov edx,[rip+0x2a] | memory undone | before=0x2a158b after=0x2a158b
 * line: step rip={load} gpa=0x101030 r4 | mov edx,[rip+0x2a] | memory undone | before=0x7 after=0x7
 * line: step rip={load} gpa=0x101000 r6 | mov edx,[rip+0x2a] | memory undone | before=0x2a158b after=0x2a158b
 * line: step rip={load} gpa=0x101030 r4 | mov edx,[rip+0x2a] | memory undone | before=0x7 after=0x7
 * line: step rip={load} gpa=0x101000 r6 | mov edx,[rip+0x2a] | memory undone | before=0x2a158b after=0x2a158b
 * line: step rip={load} gpa=0x101030 r4 | mov edx,[rip+0x2a] | memory undone | before=0x7 after=0x7
 * line: step rip={load} gpa=0x101000 r6 | mov edx,[rip+0x2a] | memory stepped | before=0x2a158b after=0x2a158b
 * line: step rip={load} gpa=0x101030 r4 | mov edx,[rip+0x2a] | memory stepped | before=0x7 after=0x7
 * line: step rip={store} gpa=0x101006 r10 | mov [rip+0x20],8 | memory stepped | before=0x80000002005c7 after=0x80000002005c7
 * line: step rip={store} gpa=0x101030 w4 | mov [rip+0x20],8 | memory stepped | before=0x7 after=0x8
 * line: step rip={inc} gpa=0x101010 r6 | inc [rip+0x1a] | memory stepped | before=0x1a05ff after=0x1a05ff
 * line: step rip={inc} gpa=0x101030 rw4 | inc [rip+0x1a] | memory stepped | before=0x8 after=0x9
 * line: step rip={again} gpa=0x101016 r6 | mov esi,[rip+0x14] | memory stepped | before=0x14358b after=0x14358b
 * line: step rip={again} gpa=0x101030 r4 | mov esi,[rip+0x14] | memory stepped | before=0x9 after=0x9
 * line: step rip=0x10101c gpa=0x10101c r2 | inc edx | memory stepped | before=0xc2ff after=0xc2ff
 * line: step rip={patch} gpa=0x10101e r7 | mov [rip+1],0x33 | memory stepped | before=0x330000000105c6 after=0x330000000105c6
 * line: step rip={patch} gpa=0x101026 w1 | mov [rip+1],0x33 | memory stepped | before=0x11 after=0x33
 * line: step rip={next} gpa=0x101025 r5 | mov ecx,0x33 | memory stepped | before=0x33b9 after=0x33b9
 * line: step rip=0x10102a gpa=0x10102a r5 | jmp 0xfd6 | memory stepped | before=0xfd1e9 after=0xfd1e9
 * final: rdx=0x8 rcx=0x33 rsi=0x9
 */
#include "tests/guests/guest.inc"

	mov ecx, 5
	jmp page
	.balign 4096
page:
load:	mov edx, [rip + datum]
store:	mov dword ptr [rip + datum], 8
inc:	inc dword ptr [rip + datum]
again:	mov esi, [rip + datum]
	inc edx
patch:	mov byte ptr [rip + next + 1], 0x33
next:	mov ecx, 0x11
	jmp done
	.balign 16
datum:	.long 7
	.balign 4096
done:	end
