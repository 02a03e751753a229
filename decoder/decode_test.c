#include "decoder/decode.h"
#include "decoder/insn_equal.h"
#include "decoder/table.h"
#include "tests/check.h"

#include <stdlib.h>

static unsigned bytes_of(const char *hex, uint8_t *bytes)
{
	unsigned n = 0;

	for (; *hex; hex += 2)
		sscanf(hex, "%2hhx", &bytes[n++]);
	return n;
}

/* What a row of the table makes of an encoding, and its text. */
static const struct decoded {
	const char *name, *hex, *text;
	enum cpu_mode mode;
	enum execution exec;
	uint8_t op_size, mem_size, stack_use;
	enum mem_use use;
} decoded[] = {
	{"mov load", "488b03", "mov rax,[rbx]", MODE_64, EXEC_STUB, 8, 8, 0, MEM_READ},
	{"mov store", "668903", "mov [rbx],ax", MODE_64, EXEC_STUB, 2, 2, 0, MEM_WRITE},
	{"REX.W over 66", "66488b03", "mov rax,[rbx]", MODE_64, EXEC_STUB, 8, 8, 0, MEM_READ},
	{"REX not before the opcode", "48668b03", "mov ax,[rbx]", MODE_64, EXEC_STUB, 2, 2, 0, MEM_READ},
	{"sib", "8b44cbf0", "mov eax,[rbx+rcx*8-0x10]", MODE_64, EXEC_STUB, 4, 4, 0, MEM_READ},
	{"movabs", "48a38877665544332211", "movabs [0x1122334455667788],rax", MODE_64, EXEC_STUB, 8, 8, 0, MEM_WRITE},
	{"movzx", "0fb703", "movzx eax,[rbx]", MODE_64, EXEC_STUB, 4, 2, 0, MEM_READ},
	{"movsxd without REX.W", "6333", "movsxd esi,[rbx]", MODE_64, EXEC_STUB, 4, 4, 0, MEM_READ},
	{"movsxd", "486333", "movsxd rsi,[rbx]", MODE_64, EXEC_STUB, 8, 4, 0, MEM_READ},
	{"movbe store", "660f38f103", "movbe [rbx],ax", MODE_64, EXEC_STUB, 2, 2, 0, MEM_WRITE},
	{"movnti", "480fc303", "movnti [rbx],rax", MODE_64, EXEC_STUB, 8, 8, 0, MEM_WRITE},
	{"test only reads", "f60301", "test [rbx],1", MODE_64, EXEC_STUB, 1, 1, 0, MEM_READ},
	{"cmpxchg8b", "0fc70b", "cmpxchg8b [rbx]", MODE_64, EXEC_STUB, 4, 8, 0, MEM_READ_WRITE},
	{"crc32 of a word", "66f20f38f103", "crc32 eax,[rbx]", MODE_64, EXEC_STUB, 4, 2, 0, MEM_READ},
	{"popcnt, 66 before F3", "66f30fb803", "popcnt ax,[rbx]", MODE_64, EXEC_STUB, 2, 2, 0, MEM_READ},
	{"popcnt, F3 before 66", "f3660fb803", "popcnt ax,[rbx]", MODE_64, EXEC_STUB, 2, 2, 0, MEM_READ},
	{"F2 before bsf is nothing", "f20fbc03", "bsf eax,[rbx]", MODE_64, EXEC_STUB, 4, 4, 0, MEM_READ},
	{"F3 makes it tzcnt", "f30fbc03", "tzcnt eax,[rbx]", MODE_64, EXEC_STUB, 4, 4, 0, MEM_READ},
	{"66 F3 AB is a word", "66f3ab", "rep stosw [rdi],ax", MODE_64, EXEC_STRING, 2, 0, 0, MEM_NONE},
	{"movsq", "48a5", "movsq [rdi],[rsi]", MODE_64, EXEC_STRING, 8, 0, 0, MEM_NONE},
	{"push m", "ff33", "push [rbx]", MODE_64, EXEC_PUSH, 8, 8, 8, MEM_READ},
	{"push m with 66 and REX.W", "6648ff33", "push [rbx]", MODE_64, EXEC_PUSH, 8, 8, 8, MEM_READ},
	{"push word", "66ff33", "push [rbx]", MODE_64, EXEC_PUSH, 2, 2, 2, MEM_READ},
	{"push imm8", "6aff", "push -1", MODE_64, EXEC_PUSH, 8, 0, 8, MEM_NONE},
	{"push fs", "0fa0", "push fs", MODE_64, EXEC_PUSH, 8, 0, 8, MEM_NONE},
	{"pop m", "8f03", "pop [rbx]", MODE_64, EXEC_POP, 8, 8, 8, MEM_WRITE},
	{"popf", "9d", "popfq", MODE_64, EXEC_POP, 8, 0, 8, MEM_NONE},
	{"call rel", "e8fbffffff", "call $+0x0", MODE_64, EXEC_CALL, 8, 0, 8, MEM_NONE},
	{"call rel, 66 REX.W", "6648e8f0ffffff", "call $-0x9", MODE_64, EXEC_CALL, 8, 0, 8, MEM_NONE},
	{"call m", "ff13", "call [rbx]", MODE_64, EXEC_CALL, 8, 8, 8, MEM_READ},
	{"jmp m uses no stack", "ff23", "jmp [rbx]", MODE_64, EXEC_JMP, 8, 8, 0, MEM_READ},
	{"jmp r", "ffe3", "jmp rbx", MODE_64, EXEC_NONE, 8, 0, 0, MEM_NONE},
	{"ret", "c3", "ret", MODE_64, EXEC_RET, 8, 0, 8, MEM_NONE},
	{"leave", "c9", "leave", MODE_64, EXEC_LEAVE, 8, 0, 8, MEM_NONE},
	{"mov m,sreg is two bytes", "488c23", "mov [rbx],fs", MODE_64, EXEC_SEGMENT, 2, 2, 0, MEM_WRITE},
	{"mov sreg,m", "8e2b", "mov gs,[rbx]", MODE_64, EXEC_SEGMENT, 2, 2, 0, MEM_READ},
	{"lea", "488d0413", "lea rax,[rbx+rdx]", MODE_64, EXEC_NONE, 8, 0, 0, MEM_NONE},
	{"register form", "01d8", "add eax,ebx", MODE_64, EXEC_NONE, 4, 0, 0, MEM_NONE},
	{"movaps", "0f2903", "movaps [rbx],xmm0", MODE_64, EXEC_STUB, 16, 16, 0, MEM_WRITE},
	{"movq that Capstone misnames", "f3480f7e03", "movq xmm0,[rbx]", MODE_64, EXEC_STUB, 8, 8, 0, MEM_READ},
	{"movlps that Capstone misnames", "67480f1206", "movlps xmm0,[esi]", MODE_64, EXEC_STUB, 8, 8, 0, MEM_READ},
	{"vmovdqu ymm", "c5fe6f03", "vmovdqu ymm0,[rbx]", MODE_64, EXEC_STUB, 32, 32, 0, MEM_READ},
	{"vmovdqu, three-byte VEX", "c4417e7f00", "vmovdqu [r8],ymm8", MODE_64, EXEC_STUB, 32, 32, 0, MEM_WRITE},
	{"rorx", "c4e3fbf00307", "rorx rax,[rbx],7", MODE_64, EXEC_STUB, 8, 8, 0, MEM_READ},
	{"fld m80", "db2b", "fld [rbx]", MODE_64, EXEC_STUB, 10, 10, 0, MEM_READ},
	{"fnstenv", "d933", "fnstenv [rbx]", MODE_64, EXEC_STUB, 28, 28, 0, MEM_WRITE},
	{"fnstenv of a 16-bit operand size", "66d933", "fnstenv [rbx]", MODE_64, EXEC_STUB, 14, 14, 0, MEM_WRITE},
	{"fnsave", "dd33", "fnsave [rbx]", MODE_64, EXEC_STUB, 108, 108, 0, MEM_WRITE},
	{"EVEX", "62f17c48100b", "vmovups zmm1,[rbx]", MODE_64, EXEC_STUB, 64, 64, 0, MEM_READ},
	{"EVEX with registers above 15", "62a1fd40598c8800010000", "vmulpd zmm17,zmm16,[rax+r9*4+0x100]", MODE_64,
	 EXEC_STUB, 64, 64, 0, MEM_READ},
	{"compressed displacement", "62f17c48104301", "vmovups zmm0,[rbx+0x40]", MODE_64, EXEC_STUB, 64, 64, 0,
	 MEM_READ},
	{"it counts the memory operand", "62f17c485a43ff", "vcvtps2pd zmm0,[rbx-0x20]", MODE_64, EXEC_STUB, 32, 32, 0,
	 MEM_READ},
	{"with broadcast one element", "62f17cd9584302", "vaddps zmm0{k1}{z},zmm0,[rbx+0x8]{1to16}", MODE_64, EXEC_STUB,
	 64, 4, 0, MEM_READ},
	{"with expand one element", "62f2fd49880b", "vexpandpd zmm1{k1},[rbx]", MODE_64, EXEC_STUB, 64, 64, 0,
	 MEM_READ},
	{"a half register", "62f1fd285a03", "vcvtpd2ps xmm0,[rbx]", MODE_64, EXEC_STUB, 32, 32, 0, MEM_READ},
	{"compare into a mask", "62f16c4ac21b04", "vcmpps k3{k2},zmm2,[rbx],0x4", MODE_64, EXEC_STUB, 64, 64, 0,
	 MEM_READ},
	{"extract under a mask reads too", "62f37d49190301", "vextractf32x4 [rbx]{k1},zmm0,0x1", MODE_64, EXEC_STUB, 16,
	 16, 0, MEM_READ_WRITE},
	{"AVX512-FP16", "62f57c485803", "vaddph zmm0,zmm0,[rbx]", MODE_64, EXEC_STUB, 64, 64, 0, MEM_READ},
	{"gather", "62f27d499004cd00000000", "vpgatherdd zmm0{k1},[zmm1*8]", MODE_64, EXEC_GATHER, 4, 4, 0, MEM_READ},
	{"scatter", "62f2fd49a34c2301", "vscatterqpd [rbx+zmm4+0x8]{k1},zmm1", MODE_64, EXEC_SCATTER, 8, 8, 0,
	 MEM_WRITE},
	{"VEX gather", "c4e2d1900433", "vpgatherdq xmm0,[rbx+xmm6],xmm5", MODE_64, EXEC_GATHER, 8, 8, 0, MEM_READ},
	{"vmaskmovps", "c4e2552e03", "vmaskmovps [rbx],ymm5,ymm0", MODE_64, EXEC_STUB, 32, 32, 0, MEM_WRITE},
	{"kmovq", "c4e1f89003", "kmovq k0,[rbx]", MODE_64, EXEC_STUB, 8, 8, 0, MEM_READ},
	{"maskmovdqu", "660ff7c1", "maskmovdqu xmm0,xmm1", MODE_64, EXEC_MASKMOV, 16, 0, 0, MEM_NONE},
	{"movdir64b", "660f38f803", "movdir64b rax,[rbx]", MODE_64, EXEC_COPY64, 8, 64, 0, MEM_READ},
	{"movntsd", "f20f2b03", "movntsd [rbx],xmm0", MODE_64, EXEC_STUB, 8, 8, 0, MEM_WRITE},
	{"xlat", "d7", "xlatb", MODE_64, EXEC_XLAT, 1, 0, 0, MEM_NONE},
	{"enter", "c8100003", "enter 0x10,3", MODE_64, EXEC_ENTER, 8, 0, 8, MEM_NONE},
	{"far call", "ff1b", "lcall [rbx]", MODE_64, EXEC_STEP, 4, 6, 4, MEM_READ},
	{"far jmp, 16 bits", "66ff2b", "ljmp [rbx]", MODE_64, EXEC_STEP, 2, 4, 0, MEM_READ},
	{"lss", "0fb203", "lss eax,[rbx]", MODE_64, EXEC_STEP, 4, 6, 0, MEM_READ},
	{"les in 32-bit mode is no VEX", "c403", "les eax,[ebx]", MODE_32, EXEC_STEP, 4, 6, 0, MEM_READ},
	{"pop fs", "0fa1", "pop fs", MODE_64, EXEC_STEP, 8, 0, 8, MEM_NONE},
	{"sgdt", "0f0103", "sgdt [rbx]", MODE_64, EXEC_STEP, 4, 10, 0, MEM_WRITE},
	{"sgdt outside 64-bit mode", "0f0103", "sgdt [ebx]", MODE_32, EXEC_STEP, 4, 6, 0, MEM_WRITE},
	{"clflush is checked as a load", "0fae3b", "clflush [rbx]", MODE_64, EXEC_FLUSH, 1, 1, 0, MEM_READ},
	{"cldemote is a hint", "0f1c03", "cldemote [rbx]", MODE_64, EXEC_NONE, 4, 0, 0, MEM_NONE},
	{"ins", "6d", "insd [rdi],dx", MODE_64, EXEC_PORT, 4, 0, 0, MEM_NONE},
	{"outs with REX.W is 4 bytes", "486f", "outsd dx,[rsi]", MODE_64, EXEC_PORT, 4, 0, 0, MEM_NONE},
	{"REX.R with a segment register, which Capstone cannot read", "448c03", "mov [rbx],es", MODE_64, EXEC_SEGMENT,
	 2, 2, 0, MEM_WRITE},
	{"32-bit push", "50", "push eax", MODE_32, EXEC_PUSH, 4, 0, 4, MEM_NONE},
	{"32-bit push es", "06", "push es", MODE_32, EXEC_PUSH, 4, 0, 4, MEM_NONE},
	{"16-bit addressing in 32-bit code", "678b00", "mov eax,[bx+si]", MODE_32, EXEC_STUB, 4, 4, 0, MEM_READ},
	{"16-bit mov", "8b00", "mov ax,[bx+si]", MODE_16, EXEC_STUB, 2, 2, 0, MEM_READ},
	{"66 in 16-bit code", "66678b03", "mov eax,[ebx]", MODE_16, EXEC_STUB, 4, 4, 0, MEM_READ},
};

static void forms_decode(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(decoded) / sizeof(decoded[0]); i++) {
		const struct decoded *row = &decoded[i];
		uint8_t bytes[INSN_MAX] = {0};
		unsigned n = bytes_of(row->hex, bytes);
		struct insn insn = {.length = 0};

		check_row = row->name;
		CHECK_EQ(decode(d, bytes, n, row->mode, &insn), DECODE_OK);
		CHECK_EQ(insn.length, n);
		CHECK(memcmp(insn.bytes, bytes, INSN_MAX) == 0);
		CHECK_STR(insn.text, row->text);
		CHECK_EQ(insn.exec, row->exec);
		CHECK_EQ(insn.op_size, row->op_size);
		CHECK_EQ(insn.mem.size, row->mem_size);
		CHECK_EQ(insn.mem.use, row->use);
		CHECK_EQ(insn.stack_use, row->stack_use);
	}
	CHECK(d);
	decoder_free(d);
}

static const struct refused {
	const char *name, *hex;
	enum cpu_mode mode;
	enum decode_status status;
} refused[] = {
	{"nothing", "", MODE_64, DECODE_TRUNCATED},
	{"a prefix alone", "66", MODE_64, DECODE_TRUNCATED},
	{"no modrm", "488b", MODE_64, DECODE_TRUNCATED},
	{"half a displacement", "8b83000000", MODE_64, DECODE_TRUNCATED},
	{"half an immediate", "c70300", MODE_64, DECODE_TRUNCATED},
	{"half a VEX", "c4e1", MODE_64, DECODE_TRUNCATED},
	{"fifteen prefixes", "666666666666666666666666666666", MODE_64, DECODE_TOO_LONG},
	{"sixteen bytes", "66666666666666666666c70344332211", MODE_64, DECODE_OK},
	{"immediate beyond fifteen bytes", "6666666666666666666666c7830000000044", MODE_64, DECODE_TOO_LONG},
	{"lock before a load", "f08b03", MODE_64, DECODE_INVALID},
	{"lock before a plain store", "f08903", MODE_64, DECODE_INVALID},
	{"lock with a memory source", "f00303", MODE_64, DECODE_INVALID},
	{"lock with a register", "f001d8", MODE_64, DECODE_INVALID},
	{"lock before cmp", "f03903", MODE_64, DECODE_INVALID},
	{"lock before bt", "f00fa303", MODE_64, DECODE_INVALID},
	{"lock before a shift", "f0d123", MODE_64, DECODE_INVALID},
	{"lock before shld", "f00fa50b", MODE_64, DECODE_INVALID},
	{"lock before VEX", "f0c5fe6f03", MODE_64, DECODE_INVALID},
	{"66 before VEX", "66c5fe6f03", MODE_64, DECODE_INVALID},
	{"REX before VEX", "48c5fe6f03", MODE_64, DECODE_INVALID},
	{"VEX.vvvv where none is", "c5ee6f03", MODE_64, DECODE_INVALID},
	{"lea of a register", "8dc0", MODE_64, DECODE_INVALID},
	{"movnti to a register", "0fc3c0", MODE_64, DECODE_INVALID},
	{"cmpxchg8b of a register", "0fc7c8", MODE_64, DECODE_INVALID},
	{"push es in 64-bit mode", "06", MODE_64, DECODE_UNKNOWN},
	{"66 call, on which CPUs differ", "66e80000", MODE_64, DECODE_UNKNOWN},
	{"66 movsxd, on which CPUs differ", "666303", MODE_64, DECODE_UNKNOWN},
	{"cpuid", "0fa2", MODE_64, DECODE_UNKNOWN},
	{"EVEX on registers", "62f17c4810cb", MODE_64, DECODE_UNKNOWN},
	{"EVEX mask where none is allowed", "62f17c492b0b", MODE_64, DECODE_INVALID},
	{"EVEX zeroing of memory", "62f17cc9110b", MODE_64, DECODE_INVALID},
	{"EVEX zeroing without a mask", "62f17cc8100b", MODE_64, DECODE_INVALID},
	{"EVEX zeroing of vaesdeclast, on which CPUs differ", "62f225c8df6b40", MODE_64, DECODE_UNKNOWN},
	{"EVEX zeroing of cvttsd2si, on which CPUs differ", "62f1ff882c0b", MODE_64, DECODE_UNKNOWN},
	{"EVEX zeroing of vmovntps, a store", "62f17cc82b0b", MODE_64, DECODE_INVALID},
	{"EVEX with a vector length of 3 or a rounding: ModRM says", "62628d7043", MODE_64, DECODE_TRUNCATED},
	{"EVEX broadcast of what has none", "62f17c58100b", MODE_64, DECODE_INVALID},
	{"EVEX.vvvv where none is", "62f14c48100b", MODE_64, DECODE_INVALID},
	{"locked, and too long: the length goes first", "6666666666666666666666f0c70311223344", MODE_64,
	 DECODE_TOO_LONG},
	{"EVEX with a vector length of 3", "62f17c68100b", MODE_64, DECODE_INVALID},
	{"gather without a mask", "62f27d48900409", MODE_64, DECODE_INVALID},
	{"gather without a SIB byte", "62f27d499003", MODE_64, DECODE_INVALID},
	{"gather into its index", "62f27d49900c0b", MODE_64, DECODE_INVALID},
	{"mov cs,m", "8e0b", MODE_64, DECODE_UNKNOWN},
	{"far call with REX.W, on which CPUs differ", "48ff1b", MODE_64, DECODE_UNKNOWN},
	{"x87 on registers", "d8c1", MODE_64, DECODE_UNKNOWN},
	{"bndldx, a nop elsewhere", "0f1a03", MODE_64, DECODE_UNKNOWN},
	{"xsave with 66", "660fae23", MODE_64, DECODE_UNKNOWN},
	{"maskmovq of memory", "0ff703", MODE_64, DECODE_INVALID},
	{"VEX gather with its mask as index", "c4e269900c13", MODE_64, DECODE_INVALID},
	{"EVEX mask destination beyond k7", "62717d487603", MODE_64, DECODE_INVALID},
	{"EVEX general destination beyond r15", "62e17e082c03", MODE_64, DECODE_INVALID},
	{"half an enter", "c81000", MODE_64, DECODE_TRUNCATED},
	{"inc eax in 32-bit mode is no REX", "40", MODE_32, DECODE_UNKNOWN},
};

/* In memory of exactly their size, so that a sanitizer sees a read beyond them. */
static void check_refused(struct decoder *d, const struct refused *row, const uint8_t *bytes, unsigned n)
{
	uint8_t *exact = malloc(n ? n : 1);
	struct insn insn, before;
	const struct insn *cached = NULL;

	CHECK(exact);
	if (!exact)
		return;
	memcpy(exact, bytes, n);
	memset(&insn, 0xa5, sizeof(insn));
	memset(&before, 0xa5, sizeof(before));
	CHECK_EQ(decode(d, exact, n, row->mode, &insn), row->status);
	CHECK_EQ(decode_cached(d, exact, n, row->mode, &cached), row->status);
	CHECK_EQ(cached != NULL, row->status == DECODE_OK);
	if (row->status != DECODE_OK)
		CHECK(memcmp(&insn, &before, sizeof(insn)) == 0);
	free(exact);
}

static void the_rest_is_refused(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(refused) / sizeof(refused[0]); i++) {
		uint8_t bytes[32] = {0};

		check_row = refused[i].name;
		check_refused(d, &refused[i], bytes, bytes_of(refused[i].hex, bytes));
	}
	CHECK(d);
	decoder_free(d);
}

/* Where each part stands: what re-encoding relies on. */
static const struct placed {
	const char *name, *hex;
	enum cpu_mode mode;
	uint8_t prefix_size, modrm_at, disp_at, disp_size, imm_at, imm_size, rex, vvvv, vector_len;
} placed[] = {
	{"opcode alone", "c3", MODE_64, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	{"rex and modrm", "488b03", MODE_64, 1, 2, 0, 0, 0, 0, 0x48, 0, 0},
	{"disp8", "488b4310", MODE_64, 1, 2, 3, 1, 0, 0, 0x48, 0, 0},
	{"sib and disp32 and imm32", "c784cb1000000078563412", MODE_64, 0, 1, 3, 4, 7, 4, 0, 0, 0},
	{"sib without base", "8b042510000000", MODE_64, 0, 1, 3, 4, 0, 0, 0, 0, 0},
	{"rip-relative and imm8", "f0834d1001", MODE_64, 1, 2, 3, 1, 4, 1, 0, 0, 0},
	{"66 and imm16", "66c7031234", MODE_64, 1, 2, 0, 0, 3, 2, 0, 0, 0},
	{"two-byte opcode", "65660fb70b", MODE_64, 3, 4, 0, 0, 0, 0, 0, 0, 0},
	{"three-byte opcode", "f2480f38f103", MODE_64, 4, 5, 0, 0, 0, 0, 0x48, 0, 0},
	{"a REX that does not count", "48668b03", MODE_64, 2, 3, 0, 0, 0, 0, 0, 0, 0},
	{"moffs64", "48a18877665544332211", MODE_64, 1, 0, 2, 8, 0, 0, 0x48, 0, 0},
	{"moffs32 by 67", "67a144332211", MODE_64, 1, 0, 2, 4, 0, 0, 0, 0, 0},
	{"moffs16", "a12211", MODE_16, 0, 0, 1, 2, 0, 0, 0, 0, 0},
	{"call rel32", "e878563412", MODE_64, 0, 0, 0, 0, 1, 4, 0, 0, 0},
	{"call rel16", "e83412", MODE_16, 0, 0, 0, 0, 1, 2, 0, 0, 0},
	{"two-byte VEX", "c5fe6f4310", MODE_64, 2, 3, 4, 1, 0, 0, 0, 0, 32},
	{"two-byte VEX, R", "c57a7e03", MODE_64, 2, 3, 0, 0, 0, 0, 4, 0, 16},
	{"three-byte VEX, W R X B and vvvv", "c402a8f20c88", MODE_64, 3, 4, 0, 0, 0, 0, 0xf, 10, 16},
	{"VEX with imm8", "c4e3fbf00307", MODE_64, 3, 4, 0, 0, 5, 1, 8, 0, 16},
	{"disp16", "8b800001", MODE_16, 0, 1, 2, 2, 0, 0, 0, 0, 0},
};

static void parts_are_placed(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(placed) / sizeof(placed[0]); i++) {
		const struct placed *row = &placed[i];
		uint8_t bytes[INSN_MAX] = {0};
		unsigned n = bytes_of(row->hex, bytes);
		struct insn insn = {.length = 0};

		check_row = row->name;
		CHECK_EQ(decode(d, bytes, n, row->mode, &insn), DECODE_OK);
		CHECK_EQ(insn.length, n);
		CHECK_EQ(insn.fields.opcode, bytes[row->prefix_size]);
		CHECK_EQ(insn.fields.prefix_size, row->prefix_size);
		CHECK_EQ(insn.fields.modrm_at, row->modrm_at);
		CHECK_EQ(insn.fields.disp_at, row->disp_at);
		CHECK_EQ(insn.fields.disp_size, row->disp_size);
		CHECK_EQ(insn.fields.imm_at, row->imm_at);
		CHECK_EQ(insn.fields.imm_size, row->imm_size);
		CHECK_EQ(insn.fields.rex, row->rex);
		CHECK_EQ(insn.fields.vvvv, row->vvvv);
		CHECK_EQ(insn.fields.vector_len, row->vector_len);
	}
	CHECK(d);
	decoder_free(d);
}

static void flags_follow_the_row(void)
{
	static const struct {
		const char *name, *hex;
		uint8_t flags;
		bool locked;
	} rows[] = {
		{"plain", "488b03", 0, false},
		{"lockable, not locked", "480103", INSN_LOCKABLE, false},
		{"locked", "f0480103", INSN_LOCKABLE, true},
		{"xchg with memory", "488703", INSN_LOCKABLE | INSN_IMPLICIT_LOCK, true},
		{"xchg with a register", "4887c3", INSN_LOCKABLE | INSN_IMPLICIT_LOCK, false},
		{"bt by register", "0fa303", INSN_BIT_OFFSET, false},
		{"bts by immediate", "0fba2b01", INSN_LOCKABLE, false},
		{"div", "48f733", INSN_DIVIDES, false},
		{"movaps", "0f2803", INSN_VECTOR | INSN_ALIGNED, false},
		{"movups", "0f1003", INSN_VECTOR, false},
		{"vmovaps", "c5f82803", INSN_VECTOR | INSN_ALIGNED, false},
		{"cmpxchg16b", "480fc70b", INSN_LOCKABLE | INSN_ALIGNED, false},
		{"stmxcsr", "0fae1b", INSN_VECTOR, false},
	};
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[INSN_MAX] = {0};
		struct insn insn = {.length = 0};

		check_row = rows[i].name;
		CHECK_EQ(decode(d, bytes, bytes_of(rows[i].hex, bytes), MODE_64, &insn), DECODE_OK);
		CHECK_EQ(insn.flags, rows[i].flags);
		CHECK_EQ(insn.locked, rows[i].locked);
	}
	CHECK(d);
	decoder_free(d);
}

/* The same place in memory, other bytes: never the old instruction. */
static void modified_code_is_seen(void)
{
	struct decoder *d = decoder_new();
	uint8_t bytes[INSN_MAX] = {0x8b, 0x43, 0x10};
	const struct insn *insn = NULL;

	CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
	CHECK_EQ(insn->mem.disp, 0x10);
	bytes[2] = 0x20;
	CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
	CHECK_EQ(insn->mem.disp, 0x20);
	bytes[0] = 0x89;
	CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
	CHECK_EQ(insn->mem.use, MEM_WRITE);
	/* a byte after the instruction changes: still the same instruction */
	bytes[14] = 0xff;
	CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
	CHECK_EQ(insn->length, 3);
	/* the same bytes in another mode are another instruction */
	CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_16, &insn), DECODE_OK);
	CHECK_EQ(insn->op_size, 2);
	CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
	CHECK_EQ(insn->op_size, 4);
	decoder_free(d);
}

/* A cached instruction that is longer than the bytes at hand is not an answer, even if they end in zeros. */
static void cache_does_not_read_past_the_end(void)
{
	struct decoder *d = decoder_new();
	static const uint8_t bytes[INSN_MAX] = {0x8b, 0x83, 0, 0, 0, 0};
	const struct insn *insn = NULL;

	for (unsigned round = 0; round < 2; round++) {
		CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
		CHECK_EQ(insn->length, 6);
		insn = NULL;
		CHECK_EQ(decode_cached(d, bytes, 5, MODE_64, &insn), DECODE_TRUNCATED);
		CHECK(!insn);
		CHECK_EQ(decode_cached(d, bytes, 6, MODE_64, &insn), DECODE_OK);
	}
	decoder_free(d);
}

/* Far more instructions than the cache holds, twice over: each is what decode() makes of it. */
static void evicted_instructions_are_decoded_again(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < 20000; i++) {
		uint8_t bytes[INSN_MAX] = {0x8b, 0x83, (uint8_t)i, (uint8_t)(i >> 8)};
		const struct insn *cached = NULL;
		struct insn insn;

		CHECK_EQ(decode_cached(d, bytes, INSN_MAX, MODE_64, &cached), DECODE_OK);
		CHECK_EQ(decode(d, bytes, INSN_MAX, MODE_64, &insn), DECODE_OK);
		CHECK(cached && insn_equal(cached, &insn));
	}
	decoder_free(d);
}

static void text_of_any_instruction(void)
{
	struct decoder *d = decoder_new();
	char text[INSN_TEXT];
	static const uint8_t cpuid[] = {0x0f, 0xa2}, bad[] = {0x06, 0x06, 0x06};

	CHECK_EQ(decode_text(d, cpuid, sizeof(cpuid), MODE_64, text), 2);
	CHECK_STR(text, "cpuid");
	CHECK_EQ(decode_text(d, bad, sizeof(bad), MODE_64, text), 0);
	CHECK_STR(text, "(bad)");
	CHECK_EQ(decode_text(d, bad, 0, MODE_64, text), 0);
	CHECK_STR(text, "(bad)");
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(forms_decode), CHECK_TEST(the_rest_is_refused), CHECK_TEST(parts_are_placed),
	   CHECK_TEST(flags_follow_the_row), CHECK_TEST(modified_code_is_seen),
	   CHECK_TEST(cache_does_not_read_past_the_end), CHECK_TEST(evicted_instructions_are_decoded_again),
	   CHECK_TEST(text_of_any_instruction))
