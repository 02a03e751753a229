#include "decoder/decode.h"
#include "decoder/memref.h"
#include "tests/check.h"

#define FS_BASE 0x7f0000001000ull
#define GS_BASE 0xffff888000000000ull

/* Registers that tell themselves apart: each in its own gigabyte. */
static struct regs some_regs(enum cpu_mode mode)
{
	struct regs regs = {.rip = 0x401000, .mode = mode, .stack_size = mode == MODE_64 ? 8 : mode == MODE_32 ? 4 : 2};

	for (unsigned i = 0; i < GPR_COUNT; i++)
		regs.gpr[i] = (uint64_t)(i + 1) << 32 | 0x10000 * (i + 1);
	regs.gpr[GPR_RSP] = 0x7ffff000;
	regs.gpr[GPR_RBP] = 0x7ffff800;
	regs.gpr[GPR_RCX] = 3;
	regs.seg[SEG_ES].base = 0x100;
	regs.seg[SEG_CS].base = 0x200;
	regs.seg[SEG_SS].base = 0x300;
	regs.seg[SEG_DS].base = 0x400;
	regs.seg[SEG_FS].base = FS_BASE;
	regs.seg[SEG_GS].base = GS_BASE;
	return regs;
}

struct expected_ref {
	enum memref_role role;
	enum mem_use use;
	enum segment seg;
	uint64_t ea, gva;
	uint8_t size;
	bool locked;
};

#define OPERAND MEMREF_OPERAND
#define STACK MEMREF_STACK
#define SRC MEMREF_STRING_SRC
#define DST MEMREF_STRING_DST
#define R MEM_READ
#define W MEM_WRITE
#define RW MEM_READ_WRITE
#define REF(role_, use_, seg_, ea_, gva_, size_)                                                                       \
	{                                                                                                              \
		role_, use_, seg_, ea_, gva_, size_, false                                                             \
	}
#define LOCKED(role_, use_, seg_, ea_, gva_, size_)                                                                    \
	{                                                                                                              \
		role_, use_, seg_, ea_, gva_, size_, true                                                              \
	}
#define NOTHING(name_, hex_, mode_)                                                                                    \
	{                                                                                                              \
		.name = name_, .hex = hex_, .mode = mode_                                                              \
	}
#define ONE(name_, hex_, mode_, ref_)                                                                                  \
	{                                                                                                              \
		.name = name_, .hex = hex_, .mode = mode_, .n = 1, .refs = { ref_ }                                    \
	}
#define TWO(name_, hex_, mode_, first_, second_)                                                                       \
	{                                                                                                              \
		.name = name_, .hex = hex_, .mode = mode_, .n = 2, .refs = { first_, second_ }                         \
	}
#define BITS(name_, hex_, mode_, offset_, ref_)                                                                        \
	{                                                                                                              \
		.name = name_, .hex = hex_, .mode = mode_, .n = 1, .refs = {ref_}, .bit_offset = offset_               \
	}

static const struct row {
	const char *name, *hex;
	enum cpu_mode mode;
	unsigned n;
	struct expected_ref refs[2];
	int16_t bit_offset; /* added to RAX */
} rows[] = {
	/* 64-bit addressing; rbx is 0x400040000 */
	ONE("base", "488b03", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 8)),
	ONE("base, disp8 below", "488b43f0", MODE_64, REF(OPERAND, R, SEG_DS, 0x40003fff0, 0x40003fff0, 8)),
	ONE("rsp is SS", "488b0424", MODE_64, REF(OPERAND, R, SEG_SS, 0x7ffff000, 0x7ffff000, 8)),
	ONE("rbp is SS", "488b4500", MODE_64, REF(OPERAND, R, SEG_SS, 0x7ffff800, 0x7ffff800, 8)),
	ONE("r13 is DS", "498b4500", MODE_64, REF(OPERAND, R, SEG_DS, 0xe000e0000, 0xe000e0000, 8)),
	ONE("index scaled", "488b04cb", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040018, 0x400040018, 8)),
	ONE("rip-relative counts the immediate", "c7051000000078563412", MODE_64,
	    REF(OPERAND, W, SEG_DS, 0x40101a, 0x40101a, 4)),
	ONE("rip-relative below", "8b05f0ffffff", MODE_64, REF(OPERAND, R, SEG_DS, 0x400ff6, 0x400ff6, 4)),
	ONE("absolute disp32 is sign-extended", "8b042500000080", MODE_64,
	    REF(OPERAND, R, SEG_DS, 0xffffffff80000000, 0xffffffff80000000, 4)),
	ONE("fs has a base", "64488b03", MODE_64, REF(OPERAND, R, SEG_FS, 0x400040000, FS_BASE + 0x400040000, 8)),
	ONE("gs wraps at 64 bits", "65488b03", MODE_64, REF(OPERAND, R, SEG_GS, 0x400040000, GS_BASE + 0x400040000, 8)),
	ONE("cs prefix is nothing in 64-bit mode", "2e488b03", MODE_64,
	    REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 8)),
	ONE("ds after fs leaves fs", "643e488b03", MODE_64,
	    REF(OPERAND, R, SEG_FS, 0x400040000, FS_BASE + 0x400040000, 8)),
	ONE("67 wraps at 32 bits", "67488b03", MODE_64, REF(OPERAND, R, SEG_DS, 0x40000, 0x40000, 8)),
	ONE("67 wraps before fs is added", "6764488b03", MODE_64,
	    REF(OPERAND, R, SEG_FS, 0x40000, FS_BASE + 0x40000, 8)),
	ONE("moffs", "48a1efcdab8967452301", MODE_64,
	    REF(OPERAND, R, SEG_DS, 0x0123456789abcdef, 0x0123456789abcdef, 8)),
	ONE("lock", "f04801 03", MODE_64, LOCKED(OPERAND, RW, SEG_DS, 0x400040000, 0x400040000, 8)),
	ONE("xchg locks itself", "488703", MODE_64, LOCKED(OPERAND, RW, SEG_DS, 0x400040000, 0x400040000, 8)),
	NOTHING("lea touches nothing", "488d03", MODE_64),
	NOTHING("nop touches nothing", "0f1f4000", MODE_64),
	NOTHING("prefetch touches nothing", "0f180b", MODE_64),
	NOTHING("register form touches nothing", "4889d8", MODE_64),
	ONE("cmpxchg16b", "f0480fc70b", MODE_64, LOCKED(OPERAND, RW, SEG_DS, 0x400040000, 0x400040000, 16)),

	/* the stack */
	ONE("push r", "50", MODE_64, REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	ONE("push word", "6650", MODE_64, REF(STACK, W, SEG_SS, 0x7fffeffe, 0x7fffeffe, 2)),
	TWO("push m: operand, then stack", "ff33", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 8),
	    REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	TWO("push [rsp+8]: rsp as it was", "ff742408", MODE_64, REF(OPERAND, R, SEG_SS, 0x7ffff008, 0x7ffff008, 8),
	    REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	ONE("pop r", "58", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff000, 8)),
	TWO("pop [rsp+8]: rsp incremented", "8f442408", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff000, 8),
	    REF(OPERAND, W, SEG_SS, 0x7ffff010, 0x7ffff010, 8)),
	TWO("pop word [rsp]", "668f0424", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff000, 2),
	    REF(OPERAND, W, SEG_SS, 0x7ffff002, 0x7ffff002, 2)),
	TWO("call m", "ff13", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 8),
	    REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	ONE("call rel", "e800000000", MODE_64, REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	ONE("jmp m", "ff23", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 8)),
	NOTHING("jmp r", "ffe3", MODE_64),
	ONE("ret", "c3", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff000, 8)),
	ONE("ret imm16 reads at rsp", "c21000", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff000, 8)),
	ONE("leave reads at rbp", "c9", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff800, 0x7ffff800, 8)),
	ONE("pushf", "9c", MODE_64, REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	ONE("push with a 16-bit stack", "6650", MODE_16, REF(STACK, W, SEG_SS, 0xeffc, 0xf2fc, 4)),
	ONE("push in 32-bit mode adds the base of ss", "50", MODE_32, REF(STACK, W, SEG_SS, 0x7fffeffc, 0x7ffff2fc, 4)),
	TWO("pop [esp]: esp incremented", "8f0424", MODE_32, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff300, 4),
	    REF(OPERAND, W, SEG_SS, 0x7ffff004, 0x7ffff304, 4)),
	TWO("16-bit stack, 32-bit address: the high half of esp stays", "678f0424", MODE_16,
	    REF(STACK, R, SEG_SS, 0xf000, 0xf300, 2), REF(OPERAND, W, SEG_SS, 0x7ffff002, 0x7ffff302, 2)),

	/* bit strings: eax is 0x10000 + rax in its low 32 bits, 0x100010000 + rax in all */
	ONE("bt m,r32: 65536 bits above", "0fa303", MODE_64, REF(OPERAND, R, SEG_DS, 0x400042000, 0x400042000, 4)),
	BITS("bt m,r32: rounded down to a dword", "0fa303", MODE_64, 31,
	     REF(OPERAND, R, SEG_DS, 0x400042000, 0x400042000, 4)),
	BITS("bt m,r64: whole register", "480fa303", MODE_64, 63, REF(OPERAND, R, SEG_DS, 0x420042000, 0x420042000, 8)),
	BITS("bt m,r16: the low word alone", "660fa303", MODE_64, 32,
	     REF(OPERAND, R, SEG_DS, 0x400040004, 0x400040004, 2)),
	BITS("bt m,r16: below the operand", "660fa303", MODE_64, -1,
	     REF(OPERAND, R, SEG_DS, 0x40003fffe, 0x40003fffe, 2)),
	BITS("lock bts m,r16: far below", "66f00fab03", MODE_64, -32768,
	     LOCKED(OPERAND, RW, SEG_DS, 0x40003f000, 0x40003f000, 2)),
	ONE("bt m,imm8 stays", "0fba23ff", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 4)),

	/* strings: rsi is 0x700070000, rdi 0x800080000, rcx 3 */
	TWO("movsb", "a4", MODE_64, REF(SRC, R, SEG_DS, 0x700070000, 0x700070000, 1),
	    REF(DST, W, SEG_ES, 0x800080000, 0x800080000, 1)),
	TWO("rep movsq fs:", "f36448a5", MODE_64, REF(SRC, R, SEG_FS, 0x700070000, FS_BASE + 0x700070000, 8),
	    REF(DST, W, SEG_ES, 0x800080000, 0x800080000, 8)),
	TWO("cmpsw reads both", "66a7", MODE_64, REF(SRC, R, SEG_DS, 0x700070000, 0x700070000, 2),
	    REF(DST, R, SEG_ES, 0x800080000, 0x800080000, 2)),
	ONE("stosw by 66 F3", "66f3ab", MODE_64, REF(DST, W, SEG_ES, 0x800080000, 0x800080000, 2)),
	ONE("lodsd gs:", "65ad", MODE_64, REF(SRC, R, SEG_GS, 0x700070000, GS_BASE + 0x700070000, 4)),
	ONE("scasb", "ae", MODE_64, REF(DST, R, SEG_ES, 0x800080000, 0x800080000, 1)),
	ONE("67 stosb", "67aa", MODE_64, REF(DST, W, SEG_ES, 0x80000, 0x80000, 1)),
	ONE("segment does not move the destination", "64aa", MODE_64, REF(DST, W, SEG_ES, 0x800080000, 0x800080000, 1)),
	TWO("movsd in 32-bit mode", "a5", MODE_32, REF(SRC, R, SEG_DS, 0x70000, 0x70400, 4),
	    REF(DST, W, SEG_ES, 0x80000, 0x80100, 4)),

	/* implicit operands */
	BITS("xlat adds al", "d7", MODE_64, 0x85, REF(OPERAND, R, SEG_DS, 0x400040085, 0x400040085, 1)),
	BITS("67 fs: xlat wraps before fs", "6764d7", MODE_64, 1,
	     REF(OPERAND, R, SEG_FS, 0x40001, FS_BASE + 0x40001, 1)),
	ONE("16-bit xlat", "d7", MODE_16, REF(OPERAND, R, SEG_DS, 0, 0x400, 1)),
	ONE("enter of level 0", "c8100000", MODE_64, REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	TWO("enter of level 1", "c8100001", MODE_64, REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8),
	    REF(STACK, W, SEG_SS, 0x7fffeff0, 0x7fffeff0, 8)),
	TWO("enter of level 33 is of level 1", "c8100021", MODE_32, REF(STACK, W, SEG_SS, 0x7fffeffc, 0x7ffff2fc, 4),
	    REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7ffff2f8, 4)),
	TWO("movdir64b", "660f38f838", MODE_64, REF(OPERAND, R, SEG_DS, 0x100010000, 0x100010000, 64),
	    REF(MEMREF_COPY_DST, W, SEG_ES, 0x800080000, 0x800080000, 64)),
	TWO("movdir64b in 32-bit mode: es", "660f38f838", MODE_32, REF(OPERAND, R, SEG_DS, 0x10000, 0x10400, 64),
	    REF(MEMREF_COPY_DST, W, SEG_ES, 0x80000, 0x80100, 64)),
	ONE("insd to es:rdi", "6d", MODE_64, REF(DST, W, SEG_ES, 0x800080000, 0x800080000, 4)),
	ONE("gs: outsb", "656e", MODE_64, REF(SRC, R, SEG_GS, 0x700070000, GS_BASE + 0x700070000, 1)),
	NOTHING("cldemote is a hint", "0f1c03", MODE_64),
	ONE("clflush", "0fae3b", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 1)),

	/* for the private step */
	TWO("far call: the pointer, cs and eip", "ff1b", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 6),
	    REF(STACK, W, SEG_SS, 0x7fffeff8, 0x7fffeff8, 8)),
	ONE("far jmp", "ff2b", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 6)),
	ONE("lfs, 16 bits", "660fb403", MODE_64, REF(OPERAND, R, SEG_DS, 0x400040000, 0x400040000, 4)),
	ONE("pop fs", "0fa1", MODE_64, REF(STACK, R, SEG_SS, 0x7ffff000, 0x7ffff000, 8)),
	ONE("16-bit pop es", "07", MODE_16, REF(STACK, R, SEG_SS, 0xf000, 0xf300, 2)),
	ONE("sgdt", "0f0103", MODE_64, REF(OPERAND, W, SEG_DS, 0x400040000, 0x400040000, 10)),
	NOTHING("invlpg touches nothing", "0f013b", MODE_64),

	/* 16- and 32-bit addressing: the low halves of the registers, and segment bases */
	ONE("32-bit base and ds", "8b03", MODE_32, REF(OPERAND, R, SEG_DS, 0x40000, 0x40400, 4)),
	ONE("32-bit cs:", "2e8b03", MODE_32, REF(OPERAND, R, SEG_CS, 0x40000, 0x40200, 4)),
	ONE("32-bit linear wraps", "658b03", MODE_32,
	    REF(OPERAND, R, SEG_GS, 0x40000, (uint32_t)(GS_BASE + 0x40000), 4)),
	ONE("32-bit moffs", "a1785634f2", MODE_32, REF(OPERAND, R, SEG_DS, 0xf2345678, 0xf2345a78, 4)),
	ONE("16-bit [bp+di-2] is SS", "8b43fe", MODE_16, REF(OPERAND, R, SEG_SS, 0xf7fe, 0xfafe, 2)),
	ONE("16-bit [disp16]", "8b0600f0", MODE_16, REF(OPERAND, R, SEG_DS, 0xf000, 0xf400, 2)),
	ONE("16-bit moffs", "a100f0", MODE_16, REF(OPERAND, R, SEG_DS, 0xf000, 0xf400, 2)),
};

static unsigned bytes_of(const char *hex, uint8_t bytes[INSN_MAX])
{
	unsigned n = 0;

	for (; *hex; hex += 2) {
		while (*hex == ' ')
			hex++;
		sscanf(hex, "%2hhx", &bytes[n++]);
	}
	return n;
}

static void check_ref(const struct memref *ref, const struct expected_ref *expected)
{
	CHECK_EQ(ref->role, expected->role);
	CHECK_EQ(ref->use, expected->use);
	CHECK_EQ(ref->seg, expected->seg);
	CHECK_EQ(ref->ea, expected->ea);
	CHECK_EQ(ref->gva.v, expected->gva);
	CHECK_EQ(ref->size, expected->size);
	CHECK_EQ(ref->locked, expected->locked);
}

static void accesses_are_enumerated(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct regs regs = some_regs(rows[i].mode);
		struct memref refs[MEMREF_MAX];
		uint8_t bytes[INSN_MAX];
		struct insn insn;
		unsigned n;

		check_row = rows[i].name;
		regs.gpr[GPR_RAX] += (uint64_t)(int64_t)rows[i].bit_offset;
		n = bytes_of(rows[i].hex, bytes);
		CHECK_EQ(decode(d, bytes, n, rows[i].mode, &insn), DECODE_OK);
		if (decode(d, bytes, n, rows[i].mode, &insn) != DECODE_OK)
			continue;
		CHECK_EQ(insn.length, n);
		n = memrefs_of(&insn, &regs, NULL, refs);
		CHECK_EQ(n, rows[i].n);
		for (unsigned r = 0; r < n && n == rows[i].n; r++)
			check_ref(&refs[r], &rows[i].refs[r]);
	}
	CHECK(d);
	decoder_free(d);
}

/* REP with a count of zero touches nothing; the width of the count is the address size. */
static void rep_counts(void)
{
	static const struct {
		const char *name, *hex;
		uint64_t rcx;
		unsigned n;
	} counts[] = {
		{"no rep ignores rcx", "a4", 0, 2},
		{"rep, 0", "f3a4", 0, 0},
		{"rep, 1", "f3a4", 1, 2},
		{"repne scas, 0", "f2ae", 0, 0},
		{"rep, 64 bits of rcx", "f3a4", 1ull << 32, 2},
		{"67 rep, 32 bits of rcx", "67f3a4", 1ull << 32, 0},
	};
	struct decoder *d = decoder_new();

	for (unsigned i = 0; d && i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct regs regs = some_regs(MODE_64);
		struct memref refs[MEMREF_MAX];
		uint8_t bytes[INSN_MAX];
		struct insn insn;

		check_row = counts[i].name;
		regs.gpr[GPR_RCX] = counts[i].rcx;
		CHECK_EQ(decode(d, bytes, bytes_of(counts[i].hex, bytes), MODE_64, &insn), DECODE_OK);
		CHECK_EQ(memrefs_of(&insn, &regs, NULL, refs), counts[i].n);
	}
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(accesses_are_enumerated), CHECK_TEST(rep_counts))
