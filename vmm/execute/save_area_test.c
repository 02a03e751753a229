/* FXSAVE to XRSTOR against the CPU: any registers, any components asked for, areas good and bad. */
#include "tests/native.h"

#include "tests/carry_out.h"
#include "tests/check.h"
#include "vmm/execute/vector_host.h"

#define AREA 4096
#define HEADER 512
#define HEADER_END 576
#define ROUNDS 300
#define COMPACTED (1ull << 63)

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
static _Alignas(64) uint8_t arena[3 * AREA];

static uint8_t *middle(void)
{
	return arena + AREA;
}

static void fill_random(uint8_t *at, unsigned n)
{
	for (unsigned i = 0; i < n; i += 8) {
		uint64_t value = random64();

		memcpy(at + i, &value, 8);
	}
}

/* Some components in use, the others in their initial state. */
static void fill_vector(struct vector_state *vector)
{
	uint32_t mxcsr = 0x1f80 | (random64() & 0x603f);
	uint64_t present;

	fill_random(vector->area, XSAVE_AREA);
	vector->features = host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	vector->layout = layout;
	present = random64() & vector->features;
	if (!(present & (XSTATE_SSE | XSTATE_AVX)))
		mxcsr = 0x1f80;
	memset(vector->area + HEADER, 0, HEADER_END - HEADER);
	vector->area[5] = 0;
	vector->area[7] &= 7;
	vector->area[0] |= 0x3f; /* nothing is unmasked */
	memcpy(vector->area + 24, &mxcsr, 4);
	memcpy(vector->area + HEADER, &present, 8);
}

/* An area to be loaded: most are good. */
static void fill_area(const struct vector_state *vector, bool compacts)
{
	uint64_t bv = random64() & vector->features, xcomp = 0;
	uint32_t mxcsr = 0x1f80 | (random64() & 0x603f);
	uint8_t *at = middle();

	fill_random(arena, sizeof(arena));
	if (compacts && random64() % 2)
		xcomp = COMPACTED | vector->features;
	if (random64() % 16 == 0)
		bv |= 1ull << random64() % 64;
	if (random64() % 16 == 0)
		xcomp ^= 1ull << random64() % 64;
	if (random64() % 16 == 0)
		mxcsr |= 1u << random64() % 32;
	memcpy(at + 24, &mxcsr, 4);
	memset(at + HEADER, 0, HEADER_END - HEADER);
	memcpy(at + HEADER, &bv, 8);
	memcpy(at + HEADER + 8, &xcomp, 8);
	if (random64() % 16 == 0)
		at[HEADER + 16 + random64() % 48] = 1;
}

static void compare_state(const struct vector_state *ours, const struct vector_state *native)
{
	uint64_t a, b;

	memcpy(&a, ours->area + HEADER, 8);
	memcpy(&b, native->area + HEADER, 8);
	CHECK_EQ(a & ~XSTATE_SSE, b & ~XSTATE_SSE); /* ours tells about MXCSR by it */
	CHECK(!memcmp(ours->area, native->area, HEADER));
	CHECK(!memcmp(ours->area + HEADER_END, native->area + HEADER_END, XSAVE_AREA - HEADER_END));
}

struct tally {
	unsigned good, faulted, refused;
};

static void judge_once(struct carry_out *c, const char *hex, bool compacts, struct tally *tally)
{
	static struct vector_state ours, native;
	static uint8_t before[sizeof(arena)];
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rip = 0x401000, .cpl = 3, CARRY_OUT_CONTROL};
	struct native cpu = {.mask = 0};
	enum execute_status status;
	int number;

	regs.gpr[GPR_RBX] = (uintptr_t)middle();
	regs.gpr[GPR_RAX] = random64() % 4 ? random64() : UINT64_MAX;
	regs.gpr[GPR_RDX] = random64();
	fill_vector(&ours);
	fill_area(&ours, compacts);
	memcpy(before, arena, sizeof(arena));
	native = ours;
	CHECK(carry_out_decode(c, hex, &regs));
	c->nrefs = memrefs_of(&c->insn, &regs, &ours, c->refs);
	for (unsigned i = 0; i < c->nrefs; i++)
		memcpy(c->loaded[i], (const uint8_t *)(uintptr_t)c->refs[i].gva.v, c->refs[i].size);
	status = carry_out(c, &regs, &ours);

	memcpy(cpu.gpr, regs.gpr, sizeof(cpu.gpr));
	cpu.flags = RFLAGS_FIXED;
	cpu.area = native.area;
	cpu.mask = native.features;
	number = native_run(c->insn.bytes, c->insn.length, &cpu);
	tally->good += number == 0;
	tally->faulted += number != 0;
	if (status == EXECUTE_REFUSED) {
		CHECK_AT(compacts, "%s", c->out.why);
		tally->refused++;
		return;
	}
	CHECK_EQ(status, number ? EXECUTE_EXCEPTION : EXECUTE_OK);
	if (status == EXECUTE_EXCEPTION)
		CHECK_EQ(c->out.vector, 13);
	if (status != EXECUTE_OK)
		return;
	compare_state(&ours, &native);
	CHECK(!memcmp(c->out.regs.gpr, regs.gpr, sizeof(regs.gpr)));
	for (unsigned i = 0; i < c->nrefs; i++) {
		if (c->refs[i].use != MEM_READ)
			memcpy(before + ((uintptr_t)c->refs[i].gva.v - (uintptr_t)arena), c->out.stored[i],
			       c->refs[i].size);
	}
	for (unsigned i = 0; i < sizeof(arena); i++)
		CHECK_AT(before[i] == arena[i], "byte %d of the area: natively %02x, not %02x", (int)i - AREA, arena[i],
			 before[i]);
}

static void every_area(void)
{
	static const struct {
		const char *name, *hex;
		bool compacts, restores;
	} cases[] = {
		{"fxsave", "0f ae 03", false, false},   {"fxsave64", "48 0f ae 03", false, false},
		{"fxrstor", "0f ae 0b", false, true},   {"fxrstor64", "48 0f ae 0b", false, true},
		{"xsave", "0f ae 23", false, false},    {"xsave64", "48 0f ae 23", false, false},
		{"xsaveopt", "0f ae 33", false, false}, {"xsaveopt64", "48 0f ae 33", false, false},
		{"xsavec", "0f c7 23", false, false},   {"xsavec64", "48 0f c7 23", false, false},
		{"xrstor", "0f ae 2b", true, true},     {"xrstor64", "48 0f ae 2b", true, true},
	};
	struct carry_out c;

	native_setup();
	if (!vector_host_read(&host)) {
		SKIP("the host has no XSAVE");
		return;
	}
	vector_layout_read(&layout);
	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally tally = {0, 0, 0};

		check_row = cases[i].name;
		for (unsigned k = 0; k < ROUNDS; k++)
			judge_once(&c, cases[i].hex, cases[i].compacts, &tally);
		CHECK(tally.good > 0);
		CHECK(tally.refused < ROUNDS / 2);
		CHECK_EQ(tally.faulted > 0, cases[i].restores);
	}
	carry_out_end(&c);
}

/* The guest's XCR0 counts, not the host's. */
static void components_the_guest_lacks(void)
{
	static struct vector_state vector;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
	uint64_t bv;
	struct carry_out c;

	if (!vector_host_read(&host) || !(host.xcr0 & XSTATE_AVX)) {
		SKIP("the host has no AVX");
		return;
	}
	vector_layout_read(&layout);
	carry_out_begin(&c);
	fill_vector(&vector);
	vector.features = XSTATE_X87 | XSTATE_SSE;
	bv = vector.features;
	memcpy(vector.area + HEADER, &bv, 8);
	regs.gpr[GPR_RAX] = regs.gpr[GPR_RDX] = UINT32_MAX;
	regs.gpr[GPR_RBX] = (uintptr_t)middle();
	CHECK(carry_out_decode(&c, "48 0f ae 2b", &regs)); /* xrstor64 of an area that has AVX */
	c.nrefs = memrefs_of(&c.insn, &regs, &vector, c.refs);
	memset(c.loaded, 0, sizeof(c.loaded));
	c.loaded[8][0] = 7;
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_EXCEPTION);
	CHECK_EQ(c.out.vector, 13);
	c.loaded[8][0] = 0;
	CHECK(carry_out_decode(&c, "48 0f ae 23", &regs)); /* xsave64 of all there is */
	c.nrefs = memrefs_of(&c.insn, &regs, &vector, c.refs);
	CHECK_EQ(carry_out(&c, &regs, &vector), EXECUTE_OK);
	CHECK_EQ(c.out.stored[8][0] & 4, 0);
	carry_out_end(&c);
}

CHECK_MAIN(CHECK_TEST(every_area), CHECK_TEST(components_the_guest_lacks))
