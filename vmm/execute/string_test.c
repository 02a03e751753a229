/* String instructions: element by element through execute(), against the CPU doing all at once. */
#include "tests/native.h"

#include "tests/carry_out.h"
#include "tests/check.h"
#include "vmm/execute/on_host.h"

#define ARENA 4096

/* What one run tries. */
struct trial {
	uint8_t bytes[INSN_MAX];
	unsigned length;
	uint64_t count, rax;
	bool backwards, garbage; /* garbage: above 32-bit addresses and counts */
	unsigned equal; /* bytes at the start of source, destination and pattern that are equal */
};

struct arenas {
	struct carry_out c;
	uint8_t *memory; /* below 4 GiB, so that 67 reaches it */
	uint8_t before[ARENA], after[ARENA];
	unsigned runs, elements;
};

static void fill(struct arenas *a, const struct trial *t)
{
	uint8_t *src = a->memory + ARENA / 4, *dst = a->memory + 3 * ARENA / 4;

	for (unsigned i = 0; i < ARENA; i++)
		a->memory[i] = (uint8_t)(i * 7 + i / 251);
	for (unsigned i = 0; i < 256; i++)
		src[(int)i - 128] = dst[(int)i - 128] = (uint8_t)(t->rax >> (8 * (i % 8)));
	if (t->equal < 128) {
		dst[t->backwards ? -(int)t->equal : (int)t->equal] ^= 0x80;
		src[t->backwards ? -(int)t->equal : (int)t->equal] ^= 0x01;
	}
	memcpy(a->before, a->memory, ARENA);
}

static struct regs regs_for(const struct arenas *a, const struct trial *t)
{
	uint64_t above = t->garbage ? 0xdead00000000 : 0;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rip = 0x401000, .cpl = 3};

	for (unsigned i = 0; i < GPR_COUNT; i++)
		regs.gpr[i] = 0x0101010101010101 * i;
	regs.gpr[GPR_RAX] = t->rax;
	regs.gpr[GPR_RCX] = t->count | above;
	regs.gpr[GPR_RSI] = (uintptr_t)(a->memory + ARENA / 4) | above;
	regs.gpr[GPR_RDI] = (uintptr_t)(a->memory + 3 * ARENA / 4) | above;
	regs.rflags = RFLAGS_FIXED | RFLAGS_CF | RFLAGS_OF | (t->backwards ? RFLAGS_DF : 0);
	return regs;
}

/* Loads and stores of one element on the memory itself. */
static bool one_element(struct arenas *a, struct regs *regs)
{
	struct carry_out *c = &a->c;
	uint64_t rip = regs->rip;

	c->nrefs = memrefs_of(&c->insn, regs, NULL, c->refs);
	for (unsigned i = 0; i < c->nrefs; i++)
		memcpy(c->loaded[i], (const void *)(uintptr_t)c->refs[i].gva.v, c->refs[i].size);
	CHECK_EQ(carry_out(c, regs, NULL), EXECUTE_OK);
	for (unsigned i = 0; i < c->nrefs; i++) {
		if (c->refs[i].use == MEM_WRITE)
			memcpy((void *)(uintptr_t)c->refs[i].gva.v, c->out.stored[i], c->refs[i].size);
	}
	*regs = c->out.regs;
	CHECK_EQ(regs->rip, c->out.repeats ? rip : rip + c->insn.length);
	a->elements++;
	return c->out.repeats;
}

static void compare(struct arenas *a, const struct trial *t)
{
	struct regs regs = regs_for(a, t);
	struct native cpu = {.flags = regs.rflags};

	if (decode(a->c.decoder, t->bytes, t->length, MODE_64, &a->c.insn) != DECODE_OK) {
		CHECK_AT(0, "does not decode: %02x %02x %02x %02x", t->bytes[0], t->bytes[1], t->bytes[2], t->bytes[3]);
		return;
	}
	check_row = a->c.insn.text;
	memcpy(cpu.gpr, regs.gpr, sizeof(cpu.gpr));
	fill(a, t);
	for (unsigned i = 0; one_element(a, &regs) && i < 1000; i++)
		;
	memcpy(a->after, a->memory, ARENA);
	memcpy(a->memory, a->before, ARENA);
	CHECK_EQ(native_run(t->bytes, t->length, &cpu), 0);
	CHECK(!memcmp(a->memory, a->after, ARENA));
	for (unsigned i = 0; i < GPR_COUNT; i++)
		CHECK_AT(cpu.gpr[i] == regs.gpr[i], "register %u: natively 0x%" PRIx64 ", not 0x%" PRIx64 " (count %u)",
			 i, cpu.gpr[i], regs.gpr[i], (unsigned)t->count);
	CHECK_EQ(cpu.flags & (RFLAGS_STATUS | RFLAGS_DF), regs.rflags & (RFLAGS_STATUS | RFLAGS_DF));
	a->runs++;
}

/* bits 0-1: no REP, F3, F2, both; 2: 67; 3: 66; 4: REX.W. */
static void spell(struct trial *t, uint8_t opcode, unsigned bits)
{
	unsigned n = 0;

	if (bits & 4)
		t->bytes[n++] = 0x67;
	if (bits & 8)
		t->bytes[n++] = 0x66;
	if (bits & 2)
		t->bytes[n++] = 0xf2;
	if (bits & 1)
		t->bytes[n++] = 0xf3;
	if (bits & 16)
		t->bytes[n++] = 0x48;
	t->bytes[n++] = opcode;
	t->length = n;
	t->garbage = bits & 4;
}

static void every_string_instruction_agrees_with_the_cpu(void)
{
	static const uint8_t opcodes[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};
	static const uint64_t counts[] = {0, 1, 2, 5};
	static const unsigned equals[] = {0, 1, 9, 1000};
	static struct arenas a;

	native_setup();
	carry_out_begin(&a.c);
	a.memory = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (a.memory == MAP_FAILED) {
		SKIP("no memory below 2 GiB");
		return;
	}
	for (unsigned i = 0; i < 10 * 32 * 4 * 4 * 2; i++) {
		struct trial t = {.count = counts[i % 4], .equal = equals[i / 4 % 4], .backwards = i / 16 % 2};

		t.rax = i & 64 ? 0x8181818181818181 : 0x0123456789abcdef;
		spell(&t, opcodes[i / 1024 % 10], i / 32 % 32);
		compare(&a, &t);
	}
	check_row = "";
	CHECK_EQ(a.runs, 10 * 32 * 4 * 4 * 2);
	CHECK(a.elements > a.runs);
	munmap(a.memory, ARENA);
	carry_out_end(&a.c);
}

/* What 64-bit code cannot show: 16-bit registers wrap and keep what is above. */
static void sixteen_bit_addresses(void)
{
	static const struct {
		const char *name, *hex;
		enum cpu_mode mode;
		uint64_t flags, rsi, rdi, rcx, rsi_after, rdi_after, rcx_after;
		bool repeats;
	} cases[] = {
		{"movsw forward", "a5", MODE_16, 2, 0x1fffe, 0x2fffe, 9, 0x10000, 0x20000, 9, false},
		{"movsw back", "a5", MODE_16, 2 | RFLAGS_DF, 0x10000, 0x20001, 9, 0x1fffe, 0x2ffff, 9, false},
		{"rep movsb", "f3 a4", MODE_16, 2, 0x10000, 0x20000, 0x30002, 0x10001, 0x20001, 0x30001, true},
		{"rep movsb, the last", "f3 a4", MODE_16, 2, 0x10000, 0x20000, 0x30001, 0x10001, 0x20001, 0x30000,
		 false},
		{"rep movsb, none", "f3 a4", MODE_16, 2, 0x10000, 0x20000, 0x30000, 0x10000, 0x20000, 0x30000, false},
		{"67 in 16-bit code", "67 a4", MODE_16, 2, 0x1ffff, 0x2ffff, 9, 0x20000, 0x30000, 9, false},
		{"67 in 32-bit code", "67 a4", MODE_32, 2, 0x1ffff, 0x2ffff, 9, 0x10000, 0x20000, 9, false},
		{"32-bit code", "a5", MODE_32, 2, 0xfffffffc, 0x100, 9, 0, 0x104, 9, false},
	};
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct regs regs = {.mode = cases[i].mode, .stack_size = 4, .rip = 0x100, .rflags = cases[i].flags};

		check_row = cases[i].name;
		regs.gpr[GPR_RSI] = cases[i].rsi;
		regs.gpr[GPR_RDI] = cases[i].rdi;
		regs.gpr[GPR_RCX] = cases[i].rcx;
		CHECK(carry_out_decode(&c, cases[i].hex, &regs));
		memset(c.loaded[0], 0x5a, 8);
		CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_OK);
		CHECK_EQ(c.out.regs.gpr[GPR_RSI], cases[i].rsi_after);
		CHECK_EQ(c.out.regs.gpr[GPR_RDI], cases[i].rdi_after);
		CHECK_EQ(c.out.regs.gpr[GPR_RCX], cases[i].rcx_after);
		CHECK_EQ(c.out.repeats, cases[i].repeats);
		CHECK_EQ(c.out.regs.rip, cases[i].repeats ? 0x100 : 0x100u + c.insn.length);
		CHECK_EQ(c.out.regs.rflags, cases[i].flags);
		if (c.nrefs == 2)
			CHECK_EQ(c.out.stored[1][0], 0x5a);
	}
	carry_out_end(&c);
}

/* Against hand-known flags: the host's own cmp is what computes them. */
static void flags_of_cmp(void)
{
	static const struct {
		const char *name;
		uint64_t left, right;
		unsigned size;
		uint64_t flags;
	} cases[] = {
		{"equal", 5, 5, 8, RFLAGS_ZF | RFLAGS_PF},
		{"below", 0, 1, 8, RFLAGS_CF | RFLAGS_SF | RFLAGS_AF | RFLAGS_PF},
		{"a byte sees its byte only", 0xaa05, 0xbb05, 1, RFLAGS_ZF | RFLAGS_PF},
		{"a word sees its word only", 0xaa0005, 0xbb0005, 2, RFLAGS_ZF | RFLAGS_PF},
		{"a dword sees its dword only", 0xaa00000005, 0xbb00000005, 4, RFLAGS_ZF | RFLAGS_PF},
		{"byte overflow", 0x80, 1, 1, RFLAGS_OF | RFLAGS_AF},
		{"word overflow", 0x8000, 1, 2, RFLAGS_OF | RFLAGS_AF | RFLAGS_PF},
		{"dword overflow", 0x80000000, 1, 4, RFLAGS_OF | RFLAGS_AF | RFLAGS_PF},
		{"qword overflow", 1ull << 63, 1, 8, RFLAGS_OF | RFLAGS_AF | RFLAGS_PF},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_row = cases[i].name;
		CHECK_EQ(on_host_cmp(cases[i].left, cases[i].right, cases[i].size), cases[i].flags);
	}
}

CHECK_MAIN(CHECK_TEST(every_string_instruction_agrees_with_the_cpu), CHECK_TEST(sixteen_bit_addresses),
	   CHECK_TEST(flags_of_cmp))
