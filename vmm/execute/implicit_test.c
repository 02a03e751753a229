/* enter, xlat, maskmovq and maskmovdqu against the CPU; movdir64b by its rule. */
#include "tests/native.h"

#include "tests/carry_out.h"
#include "tests/check.h"
#include "vmm/execute/vector_host.h"

#define ARENA 4096
#define HEADER 512
#define HEADER_END 576
#define ROUNDS 200

static uint64_t seed = 88172645463325252ull;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dull;
}

static struct vector_host host;
static struct vector_layout layout;
static _Alignas(64) uint8_t arena[ARENA];

static void fill_vector(struct vector_state *vector)
{
	static const uint8_t x87[8] = {0x7f, 3, 0, 0x18, 0xff}; /* TOP is 3 */
	uint32_t mxcsr = 0x1f80;

	for (unsigned i = 0; i < XSAVE_AREA; i += 8) {
		uint64_t value = random64();

		memcpy(vector->area + i, &value, 8);
	}
	vector->features = host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	vector->layout = layout;
	memset(vector->area + HEADER, 0, HEADER_END - HEADER);
	memcpy(vector->area, x87, sizeof(x87));
	for (unsigned i = 0; i < 8; i++)
		memset(vector->area + 32 + 16 * i + 10, 0, 6); /* an x87 register has ten bytes */
	memcpy(vector->area + 24, &mxcsr, 4);
	memcpy(vector->area + 28, &host.mxcsr_mask, 4);
	memcpy(vector->area + HEADER, &vector->features, 8);
}

static void store(struct carry_out *c, uint8_t *memory)
{
	for (unsigned i = 0; i < c->nrefs; i++) {
		if (c->refs[i].use != MEM_READ)
			memcpy(memory + (c->refs[i].gva.v - (uintptr_t)arena), c->out.stored[i], c->refs[i].size);
	}
}

static void judge(struct carry_out *c, const char *hex, const struct regs *regs)
{
	static struct vector_state first, ours, native;
	static uint8_t before[ARENA];
	struct native cpu = {.mask = 0};

	fill_vector(&ours);
	first = native = ours;
	for (unsigned i = 0; i < ARENA; i++)
		arena[i] = (uint8_t)(random64() >> 24);
	memcpy(before, arena, ARENA);
	CHECK(carry_out_decode(c, hex, regs));
	c->nrefs = memrefs_of(&c->insn, regs, &ours, c->refs);
	for (unsigned i = 0; i < c->nrefs; i++)
		memcpy(c->loaded[i], (const uint8_t *)(uintptr_t)c->refs[i].gva.v, c->refs[i].size);
	CHECK_EQ(carry_out(c, regs, &ours), EXECUTE_OK);
	store(c, before);

	memcpy(cpu.gpr, regs->gpr, sizeof(cpu.gpr));
	cpu.flags = regs->rflags;
	cpu.area = native.area;
	cpu.mask = native.features;
	CHECK_EQ(native_run(c->insn.bytes, c->insn.length, &cpu), 0);
	CHECK(!memcmp(before, arena, ARENA));
	for (unsigned i = 0; i < GPR_COUNT; i++)
		CHECK_AT(cpu.gpr[i] == c->out.regs.gpr[i], "register %u: natively 0x%" PRIx64 ", not 0x%" PRIx64, i,
			 cpu.gpr[i], c->out.regs.gpr[i]);
	CHECK_EQ(c->out.regs.rip, regs->rip + c->insn.length);
	if (c->insn.flags & INSN_VECTOR) {
		native_forgive_notes(&cpu, first.area, ours.area, native.area);
		CHECK(!memcmp(ours.area, native.area, HEADER));
		CHECK(!memcmp(ours.area + HEADER_END, native.area + HEADER_END, XSAVE_AREA - HEADER_END));
	}
}

static const struct row {
	const char *name, *hex;
	bool vector;
} rows[] = {
	{"enter 16, 0", "c8 10 00 00", false},
	{"enter 0, 1", "c8 00 00 01", false},
	{"enter 32, 2", "c8 20 00 02", false},
	{"enter 8, 31", "c8 08 00 1f", false},
	{"enter: the level counts modulo 32", "c8 08 00 23", false},
	{"enter of 16 bits, 3", "66 c8 08 00 03", false},
	{"enter of 16 bits, 0", "66 c8 08 00 00", false},
	{"xlat", "d7", false},
	{"xlat with 67", "67 d7", false},
	{"maskmovq mm1,mm2", "0f f7 ca", true},
	{"maskmovq with itself", "0f f7 c0", true},
	{"maskmovdqu xmm1,xmm2", "66 0f f7 ca", true},
	{"maskmovdqu xmm9,xmm2", "66 44 0f f7 ca", true},
	{"maskmovdqu xmm1,xmm10", "66 41 0f f7 ca", true},
	{"vmaskmovdqu xmm1,xmm2", "c5 f9 f7 ca", true},
	{"vmaskmovdqu xmm9,xmm10", "c4 41 79 f7 ca", true},
};

static void against_the_cpu(void)
{
	struct carry_out c;

	native_setup();
	if (!vector_host_read(&host)) {
		SKIP("the host has no XSAVE");
		return;
	}
	vector_layout_read(&layout);
	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		if (strstr(rows[i].hex, "67") && (uintptr_t)arena > UINT32_MAX)
			continue; /* the CPU would not reach the arena */
		if (strstr(rows[i].hex, "c4 41") && !(host.xcr0 & XSTATE_AVX))
			continue;
		for (unsigned k = 0; k < ROUNDS; k++) {
			struct regs regs = {.mode = MODE_64, .stack_size = 8, .rip = 0x401000, CARRY_OUT_CONTROL};

			for (unsigned r = 0; r < GPR_COUNT; r++)
				regs.gpr[r] = random64();
			regs.rflags = RFLAGS_FIXED;
			regs.gpr[GPR_RBX] = regs.gpr[GPR_RDI] = (uintptr_t)arena + 1024 + random64() % 64;
			regs.gpr[GPR_RSP] = (uintptr_t)arena + 2048;
			/* near it, too, so that frame pointers are read where they were just pushed */
			regs.gpr[GPR_RBP] = (uintptr_t)arena + 2048 + random64() % (k % 2 ? 1024 : 24);
			judge(&c, rows[i].hex, &regs);
		}
	}
	carry_out_end(&c);
}

/* Intel SDM Vol 2, "MOVDIR64B". */
static void sixty_four_bytes(void)
{
	struct regs regs = {
		.mode = MODE_64, .stack_size = 8, .rip = 0x401000, .gpr = {[GPR_RAX] = 0x8000, [GPR_RBX] = 0x9000}};
	struct carry_out c;

	carry_out_begin(&c);
	CHECK(carry_out_decode(&c, "66 0f 38 f8 03", &regs)); /* movdir64b rax,[rbx] */
	CHECK_EQ(c.nrefs, 2);
	CHECK_EQ(c.refs[1].gva.v, 0x8000);
	for (unsigned i = 0; i < 64; i++)
		c.loaded[0][i] = (uint8_t)(3 * i);
	CHECK_EQ(carry_out(&c, &regs, NULL), EXECUTE_OK);
	CHECK(!memcmp(c.out.stored[1], c.loaded[0], 64));
	CHECK(!memcmp(c.out.regs.gpr, regs.gpr, sizeof(regs.gpr)));
	CHECK_EQ(c.out.regs.rip, 0x401005);
	carry_out_end(&c);
}

CHECK_MAIN(CHECK_TEST(against_the_cpu), CHECK_TEST(sixty_four_bytes))
