/*
 * What is in the later opcode maps does the same on a kept page and on ordinary memory: SSSE3,
 * SSE4, BMI, ADX, MOVBE, AVX, FMA, F16C.
 *
 * not: pvm/0 KVM's interpreter gives the guest #UD for these, and nothing tells the monitor
 * not: vmx Bochs is given an older CPU
 * run: --virtual gpa:0x200000+4096=memory
 * memory: 0x300000 11 22 33 44 55 66 77 88 10 20 30 40 50 60 70 80
 * memory: 0x300010 22 33 00 00 00 00 00 00 01 00 00 00 00 00 00 00
 * memory: 0x300020 01 00 00 00 00 00 00 00 32 43 54 65 76 87 18 21
 * memory: 0x300030 00 11 22 33 00 00 00 00 55 66 77 88 77 88 00 00
 * memory: 0x300040 ee ff 10 22 01 00 00 00 00 00 00 43 59 c6 0d 97
 * memory: 0x300050 00 00 02 3c 00 00 06 40 00 00 00 00 0a 00 e0 b6
 * memory: 0x300060 00 00 c0 3f 00 00 10 40 00 00 40 c0 00 00 c8 42
 * memory: 0x300070 00 00 00 3f 00 00 e0 c0 00 00 00 41 00 24 74 49
 * memory: 0x300080 00 00 40 40 00 00 90 40 00 00 c0 c0 00 00 48 43
 * memory: 0x300090 00 00 80 3f 00 00 60 c1 00 00 80 41 00 24 f4 49
 * memory: 0x3000a0 00 00 04 41 00 00 46 41 00 00 84 c1 00 80 09 44
 * memory: 0x3000b0 00 00 30 40 00 00 1a c2 00 00 30 42 c0 d8 a7 4a
 * memory: 0x3000c0 00 00 c0 3f 00 00 10 40 00 00 00 00 00 00 c8 42
 * memory: 0x3000d0 00 00 00 3f 00 00 00 00 00 00 00 41 00 24 74 49
 * memory: 0x3000e0 00 00 04 41 00 00 46 41 00 00 00 00 00 80 09 44
 * memory: 0x3000f0 00 00 30 40 00 00 00 00 00 00 30 42 c0 d8 a7 4a
 *
 * run: --virtual gpa:0x280000+4096=memory
 * memory: 0x300000 11 22 33 44 55 66 77 88 10 20 30 40 50 60 70 80
 * memory: 0x300010 22 33 00 00 00 00 00 00 01 00 00 00 00 00 00 00
 * memory: 0x300020 01 00 00 00 00 00 00 00 32 43 54 65 76 87 18 21
 * memory: 0x300030 00 11 22 33 00 00 00 00 55 66 77 88 77 88 00 00
 * memory: 0x300040 ee ff 10 22 01 00 00 00 00 00 00 43 59 c6 0d 97
 * memory: 0x300050 00 00 02 3c 00 00 06 40 00 00 00 00 0a 00 e0 b6
 * memory: 0x300060 00 00 c0 3f 00 00 10 40 00 00 40 c0 00 00 c8 42
 * memory: 0x300070 00 00 00 3f 00 00 e0 c0 00 00 00 41 00 24 74 49
 * memory: 0x300080 00 00 40 40 00 00 90 40 00 00 c0 c0 00 00 48 43
 * memory: 0x300090 00 00 80 3f 00 00 60 c1 00 00 80 41 00 24 f4 49
 * memory: 0x3000a0 00 00 04 41 00 00 46 41 00 00 84 c1 00 80 09 44
 * memory: 0x3000b0 00 00 30 40 00 00 1a c2 00 00 30 42 c0 d8 a7 4a
 * memory: 0x3000c0 00 00 c0 3f 00 00 10 40 00 00 00 00 00 00 c8 42
 * memory: 0x3000d0 00 00 00 3f 00 00 00 00 00 00 00 41 00 24 74 49
 * memory: 0x3000e0 00 00 04 41 00 00 46 41 00 00 00 00 00 80 09 44
 * memory: 0x3000f0 00 00 30 40 00 00 00 00 00 00 30 42 c0 d8 a7 4a
 */
#include "tests/guests/guest.inc"

	mov ebx, KEPT
	mov edx, PLAIN
	mov rax, 0x8877665544332211
	mov [rbx], rax
	mov rcx, 0x0f0f0f0f0f0f0f0f
	andn rsi, rcx, [rbx]
	mov [rbx + 8], rsi
	mov ecx, 0x1008
	bextr rsi, [rbx], rcx
	mov [rbx + 16], rsi
	blsi rsi, [rbx]
	mov [rbx + 24], rsi
	pdep rsi, rsi, [rbx]
	mov [rbx + 32], rsi
	rorx rsi, [rbx], 12
	mov [rbx + 40], rsi
	shlx esi, dword ptr [rbx], ecx
	mov [rbx + 48], esi
	lzcnt rsi, [rbx + 8]
	tzcnt rdi, [rbx + 24]
	mov [rbx + 52], si
	mov [rbx + 54], di
	movbe rsi, [rbx]
	movbe [rbx + 56], esi
	movbe [rbx + 60], si
	adcx esi, [rbx]
	adox esi, [rbx + 4]
	mov [rbx + 64], rsi
	vmovdqu ymm0, [rip + floats]
	vmovups [rbx + 96], ymm0
	vaddps ymm1, ymm0, [rbx + 96]
	vmovaps [rbx + 128], ymm1
	vbroadcastss ymm2, dword ptr [rbx + 100]
	vfmadd213ps ymm2, ymm1, [rbx + 96]
	vmovdqu [rbx + 160], ymm2
	vpshufb xmm3, xmm1, [rbx + 96]
	vmovq qword ptr [rbx + 72], xmm3
	vpcmpgtd ymm4, ymm0, [rip + zeros]
	vpmaskmovd [rbx + 192], ymm4, ymm0
	vpmaskmovd ymm5, ymm4, [rbx + 160]
	vmovdqu [rbx + 224], ymm5
	vcvtph2ps ymm6, [rbx]
	vextractf128 [rbx + 80], ymm6, 1
	vptest ymm0, [rbx + 96]
	setc byte ptr [rbx + 68]
	vzeroupper
	movups xmm0, [rip + floats]
	pshufb xmm0, [rbx]
	pextrd [rbx + 88], xmm0, 2
	popcnt eax, dword ptr [rbx]
	mov [rbx + 92], al
	crc32 eax, dword ptr [rbx + 4]
	mov [rbx + 76], eax
	lea rsi, [rbx]
	mov rdi, rdx
	mov ecx, 32
	rep movsq
	xor eax, eax
	end

	.balign 32
floats:	.float 1.5, 2.25, -3.0, 100.0, 0.5, -7.0, 8.0, 1e6
zeros:	.fill 32, 1, 0
