/*
 * The CPU is the judge: every form of the table that runs on the host is run by
 * execute() and natively on ordinary memory, and everything is compared.
 */
#include "tests/native.h"

#include "decoder/decode.h"
#include "decoder/fields.h"
#include "decoder/table.h"
#include "tests/carry_out.h"
#include "tests/check.h"
#include "tests/spell.h"
#include "vmm/execute/execute.h"
#include "vmm/execute/vector_host.h"

#include <stdlib.h>

#define ARENA 65536
#define AROUND 192 /* bytes before and after the operand that must not change */
#define OPERAND 128 /* bytes, at most: fnsave's 108 */
#define EVEX_SPELLINGS 24 /* of each opcode */
#define STATES 6 /* register and memory contents tried for each encoding */
#define HEADER 512
#define HEADER_END 576

struct judge {
	struct decoder *decoder;
	struct executor *executor;
	struct vector_host host;
	struct vector_layout layout;
	uint8_t *arena;
	uint64_t seed;
	unsigned compared, absent, faulted;
};

/* Flags that the Intel SDM Vol 2 leaves undefined, by the beginning of the row's name. */
static const struct {
	const char *name;
	uint64_t flags;
} undefined_flags[] = {
	{"and ", RFLAGS_AF},
	{"or ", RFLAGS_AF},
	{"xor ", RFLAGS_AF},
	{"test ", RFLAGS_AF},
	{"rol ", RFLAGS_OF},
	{"ror ", RFLAGS_OF},
	{"rcl ", RFLAGS_OF},
	{"rcr ", RFLAGS_OF},
	{"shl ", RFLAGS_OF | RFLAGS_AF | RFLAGS_CF},
	{"shr ", RFLAGS_OF | RFLAGS_AF | RFLAGS_CF},
	{"sar ", RFLAGS_OF | RFLAGS_AF},
	{"shld ", RFLAGS_STATUS},
	{"shrd ", RFLAGS_STATUS},
	{"mul ", RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF},
	{"imul ", RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF},
	{"div ", RFLAGS_STATUS},
	{"idiv ", RFLAGS_STATUS},
	{"bsf ", RFLAGS_STATUS & ~RFLAGS_ZF},
	{"bsr ", RFLAGS_STATUS & ~RFLAGS_ZF},
	{"tzcnt ", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"lzcnt ", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"bt", RFLAGS_OF | RFLAGS_SF | RFLAGS_PF | RFLAGS_AF},
	{"andn ", RFLAGS_AF | RFLAGS_PF},
	{"bls", RFLAGS_AF | RFLAGS_PF},
	{"bzhi ", RFLAGS_AF | RFLAGS_PF},
	{"bextr ", RFLAGS_SF | RFLAGS_AF | RFLAGS_PF},
};

static uint64_t undefined_of(const struct table_row *row)
{
	for (unsigned i = 0; i < sizeof(undefined_flags) / sizeof(undefined_flags[0]); i++) {
		if (!strncmp(row->name, undefined_flags[i].name, strlen(undefined_flags[i].name)))
			return undefined_flags[i].flags;
	}
	return 0;
}

static uint64_t random64(struct judge *j)
{
	j->seed ^= j->seed << 13;
	j->seed ^= j->seed >> 7;
	j->seed ^= j->seed << 17;
	return j->seed * 0x2545f4914f6cdd1dull;
}

static uint64_t interesting(struct judge *j)
{
	static const uint64_t values[] = {
		0,      1,          2,          0x7f,       0x80,      0xff,       0x7fff,
		0x8000, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, 1ull << 63, UINT64_MAX,
	};
	uint64_t r = random64(j);

	return r % 3 ? random64(j) : values[(r >> 8) % (sizeof(values) / sizeof(values[0]))];
}

static uint8_t *middle(struct judge *j)
{
	return j->arena + ARENA / 2;
}

static unsigned bit_register(const struct insn *insn)
{
	return (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);
}

/* Registers: the base and index registers of address_forms[], the rest anything. */
static void fill_regs(struct judge *j, const struct insn *insn, struct regs *regs)
{
	*regs = (struct regs){.mode = MODE_64, .stack_size = 8, .rip = 0x401000, .cpl = 3, CARRY_OUT_CONTROL};
	for (unsigned i = 0; i < GPR_COUNT; i++)
		regs->gpr[i] = interesting(j);
	if (random64(j) % 2)
		regs->gpr[GPR_RDX] &= 0xf; /* else hardly any division fits */
	regs->rflags = (random64(j) & RFLAGS_STATUS) | RFLAGS_FIXED;
	if (insn->flags & INSN_BIT_OFFSET) {
		uint64_t *reg = &regs->gpr[bit_register(insn)];

		*reg = (uint64_t)((int64_t)(random64(j) % 4001) - 2000);
		if (insn->op_size == 2)
			*reg = (*reg & 0xffff) | random64(j) << 16; /* the rest of the register has no meaning */
	}
	regs->gpr[GPR_RBX] = (uintptr_t)middle(j);
	regs->gpr[GPR_R11] = (uintptr_t)middle(j);
	regs->gpr[GPR_R9] = 16;
}

static void fill_memory(struct judge *j, const struct table_row *row, uint8_t *at)
{
	uint64_t mxcsr = 0x1f80 | (random64(j) & 0xe03f);

	for (unsigned i = 0; i < OPERAND; i += 8) {
		uint64_t value = interesting(j);

		memcpy(at + i, &value, 8);
	}
	if (strstr(row->name, "ldmxcsr") && random64(j) % 4)
		memcpy(at, &mxcsr, 4); /* else most likely with a reserved bit */
}

/* Registers, masks and x87 stack of anything; now and then an exception is unmasked, or pending. */
static void fill_vector(struct judge *j, struct vector_state *vector)
{
	uint32_t mxcsr = random64(j) % 8 ? 0x1f80 : 0x1f80 & (uint32_t)random64(j);
	uint16_t x87[3] = {0x37f, (uint16_t)(random64(j) & 0x3800), (uint16_t)(random64(j) & 0xff)};

	if (random64(j) % 8 == 0)
		x87[0] = 0x340 | (random64(j) & 0xc3f);
	if (random64(j) % 16 == 0)
		x87[1] |= random64(j) & 0x3f;
	if (x87[1] & ~x87[0] & 0x3f)
		x87[1] |= 0x8080; /* ES and B follow from the others */
	vector->features = j->host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	vector->layout = j->layout;
	for (unsigned i = 0; i < sizeof(vector->area); i += 8) {
		uint64_t value = random64(j);

		memcpy(vector->area + i, &value, 8);
	}
	memset(vector->area + HEADER, 0, HEADER_END - HEADER);
	vector->area[7] &= 7; /* the opcode has 11 bits */
	for (unsigned i = 0; i < 8; i++)
		memset(vector->area + 32 + 16 * i + 10, 0, 6); /* an x87 register has ten bytes */
	memcpy(vector->area, x87, sizeof(x87[0]) * 3);
	vector->area[5] = 0;
	memcpy(vector->area + 24, &mxcsr, 4);
	memcpy(vector->area + 28, &j->host.mxcsr_mask, 4);
	memcpy(vector->area + HEADER, &vector->features, 8);
}

struct scene {
	const struct table_row *row;
	struct insn insn;
	struct regs regs;
	uint8_t *operand; /* the first byte of the whole, whatever the mask */
	unsigned nrefs;
	struct memref refs[MEMREF_MAX];
	uint8_t loaded[MEMREF_MAX][64];
	uint8_t neighbours[2 * AROUND + OPERAND]; /* memory before */
};

static void set_scene(struct judge *j, struct scene *s, const struct vector_state *vector)
{
	struct insn whole = s->insn;

	fill_regs(j, &s->insn, &s->regs);
	whole.flags &= (uint16_t)~INSN_MASKED;
	CHECK(memrefs_of(&whole, &s->regs, NULL, s->refs) >= 1);
	s->operand = (uint8_t *)(uintptr_t)s->refs[0].gva.v;
	fill_memory(j, s->row, s->operand);
	s->nrefs = memrefs_of(&s->insn, &s->regs, vector, s->refs);
	for (unsigned i = 0; i < s->nrefs; i++)
		memcpy(s->loaded[i], (const uint8_t *)(uintptr_t)s->refs[i].gva.v, s->refs[i].size);
	memcpy(s->neighbours, s->operand - AROUND, sizeof(s->neighbours));
}

static int run_native(const struct scene *s, struct vector_state *vector, struct native *cpu)
{
	memcpy(cpu->gpr, s->regs.gpr, sizeof(cpu->gpr));
	cpu->flags = s->regs.rflags;
	cpu->area = vector ? vector->area : NULL;
	cpu->mask = vector ? vector->features : 0;
	return native_run(s->insn.bytes, s->insn.length, cpu);
}

static void compare_registers(const struct scene *s, const struct native *cpu, const struct execution_out *out)
{
	uint64_t compared = RFLAGS_STATUS & ~undefined_of(s->row);

	for (unsigned i = 0; i < GPR_COUNT; i++)
		CHECK_AT(cpu->gpr[i] == out->regs.gpr[i], "register %u: natively 0x%" PRIx64 ", not 0x%" PRIx64, i,
			 cpu->gpr[i], out->regs.gpr[i]);
	CHECK_EQ(cpu->flags & compared, out->regs.rflags & compared);
	CHECK_EQ(out->regs.rflags & ~RFLAGS_STATUS, s->regs.rflags & ~RFLAGS_STATUS);
	CHECK_EQ(out->regs.rip, s->regs.rip + s->insn.length);
	CHECK(!out->repeats);
}

/*
 * Where the x87 unit's last instruction and operand were is lost on some CPUs when the kernel changes
 * threads (AMD APM Vol 2, "FXSAVE and FXRSTOR Instructions"), natively or in the stub: then it is zero, and counts as
 * ours.
 */
static void forgive_lost_pointers(const struct scene *s, const uint8_t *native, uint8_t *ours)
{
	static const unsigned fields[] = {12, 16, 20, 24}; /* FIP, FCS and FOP, FDP, FDS, of the 32-bit environment */

	if (strncmp(s->row->name, "fnstenv", 7) != 0 && strncmp(s->row->name, "fnsave", 6) != 0)
		return;
	for (unsigned i = 0; i < 4; i++) {
		static const uint8_t lost[4];

		if (!memcmp(native + fields[i], lost, 4) || !memcmp(ours + fields[i], lost, 4))
			memcpy(ours + fields[i], native + fields[i], 4);
	}
}

static void compare_memory(const struct scene *s, const struct execution_out *out)
{
	uint8_t expected[sizeof(s->neighbours)];

	memcpy(expected, s->neighbours, sizeof(expected));
	for (unsigned i = 0; i < s->nrefs && !out->unstored; i++) {
		if (s->refs[i].use != MEM_READ)
			memcpy(expected + AROUND + s->refs[i].at, out->stored[i], s->refs[i].size);
	}
	forgive_lost_pointers(s, s->operand, expected + AROUND);
	CHECK(!memcmp(expected, s->operand - AROUND, sizeof(expected)));
}

/* All but the header. The x87 unit's note of where its last instruction was is ours, or as it was before. */
static void compare_vectors(const struct scene *s, const struct vector_state *ours, const struct vector_state *native,
			    const struct native *cpu)
{
	uint64_t our_ip, native_ip;

	memcpy(&our_ip, ours->area + 8, 8);
	memcpy(&native_ip, native->area + 8, 8);
	CHECK_EQ(our_ip, native_ip == (uintptr_t)cpu->code ? s->regs.rip : native_ip);
	CHECK(!memcmp(ours->area, native->area, 8));
	CHECK(!memcmp(ours->area + 16, native->area + 16, HEADER - 16));
	CHECK(!memcmp(ours->area + HEADER_END, native->area + HEADER_END, sizeof(ours->area) - HEADER_END));
}

/* Intel SDM Vol 3, "Exception and Interrupt Reference". */
static void compare_exception(struct judge *j, const struct scene *s, int number, enum execute_status status,
			      unsigned vector)
{
	bool x87 = s->row->map == MAP_0 || (s->row->encoding == ENC_LEGACY && vector == 16);

	CHECK_EQ(status, EXECUTE_EXCEPTION);
	if (number == SIGFPE)
		CHECK_EQ(vector, s->row->flags & INSN_DIVIDES ? 0 : x87 ? 16 : 19);
	else
		CHECK_EQ(vector, number == SIGILL ? 6 : 13);
	j->faulted++;
}

/* Both ways from the same scene. False if this CPU lacks the instruction. */
static bool judge_scene(struct judge *j, struct scene *s, struct vector_state *ours)
{
	static struct vector_state before, native;
	static struct execution_out out;
	struct execution_in in = {&s->insn, &s->regs, s->nrefs, s->refs, (const uint8_t(*)[64])s->loaded, false};
	bool vectors = s->insn.flags & INSN_VECTOR;
	struct native cpu;
	enum execute_status status;
	int number;

	before = native = *ours;
	status = execute(j->executor, &in, vectors ? ours : NULL, &out);
	number = run_native(s, vectors ? &native : NULL, &cpu);
	if (number) {
		compare_exception(j, s, number, status, out.vector);
		return number != SIGILL;
	}
	CHECK_AT(status == EXECUTE_OK, "status %u: %s", status, status == EXECUTE_REFUSED ? out.why : "");
	if (status == EXECUTE_OK) {
		compare_registers(s, &cpu, &out);
		compare_memory(s, &out);
		if (vectors) {
			native_forgive_notes(&cpu, before.area, ours->area, native.area);
			compare_vectors(s, ours, &native, &cpu);
		}
	}
	j->compared++;
	return true;
}

/* --- the encodings of a row --- */

/* One encoding, in several states. False if the decoder refuses it or takes it for another row. */
static bool judge_encoding(struct judge *j, unsigned row, const struct spelling *sp)
{
	static struct vector_state vector;
	static struct scene s;
	uint8_t bytes[32];
	unsigned n = spell(table_row(row), sp, (uintptr_t)middle(j), random64(j), bytes);
	char name[160];

	s.row = table_row(row);
	if (decode(j->decoder, bytes, n < INSN_MAX ? n : INSN_MAX, MODE_64, &s.insn) != DECODE_OK || s.insn.row != row)
		return false;
	if (s.insn.flags & INSN_BIT_OFFSET &&
	    (bit_register(&s.insn) == GPR_RBX || bit_register(&s.insn) == GPR_R11 || bit_register(&s.insn) == GPR_R9))
		return true; /* its base or index is the bit offset, too */
	snprintf(name, sizeof(name), "%s: %s (%02x %02x %02x %02x)", s.row->name, s.insn.text, bytes[0], bytes[1],
		 bytes[2], bytes[3]);
	check_row = name;
	for (unsigned i = 0; i < STATES; i++) {
		fill_vector(j, &vector);
		set_scene(j, &s, &vector);
		if (s.insn.flags & INSN_ALIGNED && (uintptr_t)s.operand % s.insn.mem.align)
			break;
		if (!judge_scene(j, &s, &vector)) {
			j->absent++;
			break;
		}
	}
	check_row = "";
	return true;
}

static unsigned judge_legacy(struct judge *j, unsigned row, struct spelling sp)
{
	unsigned taken = 0;

	for (unsigned bits = 0; bits < 32; bits++) {
		sp.opsize = bits & 1;
		sp.lock = bits & 2;
		sp.w = bits & 4;
		sp.r = bits & 8;
		sp.rex = bits & 16;
		sp.address = (sp.address + 1) % SPELL_ADDRESSES;
		if (!sp.rex || !(sp.w || sp.r)) /* REX is there already */
			taken += judge_encoding(j, row, &sp);
	}
	return taken;
}

static unsigned judge_vex(struct judge *j, unsigned row, struct spelling sp)
{
	static const unsigned vvvv[] = {0, GPR_RSP, GPR_RBP, GPR_RSI, 9};
	unsigned taken = 0;

	for (unsigned bits = 0; bits < 8; bits++) {
		sp.w = bits & 1;
		sp.r = bits & 2;
		sp.l = bits & 4;
		for (unsigned v = 0; v < (table_row(row)->vvvv ? 5 : 1); v++) {
			sp.vvvv = vvvv[v];
			sp.address = (sp.address + 1) % SPELL_ADDRESSES;
			taken += judge_encoding(j, row, &sp);
		}
	}
	return taken;
}

/* Some spellings that the row allows. */
static unsigned judge_evex(struct judge *j, unsigned row, struct spelling sp)
{
	const struct table_row *r = table_row(row);
	unsigned taken = 0;

	for (unsigned i = 0; i < EVEX_SPELLINGS / 8; i++) {
		uint64_t any = random64(j);

		sp.w = r->w == W_ANY ? any & 1 : r->w == W_1;
		sp.r = any & 2 && r->registers != 8;
		sp.r2 = any & 4 && !r->registers;
		sp.length = r->l == L_128 ? 0 : r->l == L_256 ? 1 : r->l == L_512 ? 2 : (any >> 8) % 3;
		if (r->l == L_256_512)
			sp.length = 1 + (any >> 8) % 2;
		sp.vvvv = r->vvvv ? any >> 16 & 31 : 0;
		sp.mask = r->mask == MASK_NEVER || any & 8 ? 0 : any >> 24 & 7;
		sp.zeroing = r->zeroing && sp.mask && any & 16;
		sp.broadcast = r->broadcast && any & 32;
		sp.address = (sp.address + 1) % SPELL_ADDRESSES;
		taken += judge_encoding(j, row, &sp);
	}
	return taken;
}

static unsigned judge_spellings(struct judge *j, unsigned row, struct spelling sp)
{
	switch (table_row(row)->encoding) {
	case ENC_LEGACY:
		return judge_legacy(j, row, sp);
	case ENC_VEX:
		return judge_vex(j, row, sp);
	case ENC_EVEX:
		return judge_evex(j, row, sp);
	}
	return 0;
}

/* Every opcode of the row and every register. */
static void judge_row(struct judge *j, unsigned row)
{
	const struct table_row *r = table_row(row);
	unsigned opcodes = r->opcodes ? r->opcodes : 1;
	unsigned taken = 0;

	for (unsigned o = 0; o < opcodes; o++) {
		for (unsigned reg = 0; reg < (r->digit >= 0 ? 1 : 8); reg++) {
			struct spelling sp = {.opcode = r->opcode + o, .reg = reg, .address = reg};

			taken += judge_spellings(j, row, sp);
		}
	}
	CHECK_AT(taken > 0, "row %u \"%s\" decodes in no encoding", row, r->name);
}

/* fxsave to xrstor: not of any content, so judged by save_area_test.c. */
static bool is_save_area(const struct table_row *row)
{
	return row->map == MAP_0F && ((row->opcode == 0xae && row->digit != 2 && row->digit != 3) ||
				      (row->opcode == 0xc7 && row->digit != 1));
}

static void every_row_agrees_with_the_cpu(void)
{
	struct judge j = {.seed = 88172645463325252ull};

	native_setup();
	j.decoder = decoder_new();
	j.executor = executor_new();
	j.arena = aligned_alloc(64, ARENA);
	CHECK(j.decoder && j.executor && j.arena);
	if (!vector_host_read(&j.host)) {
		SKIP("the host has no XSAVE");
		return;
	}
	vector_layout_read(&j.layout);
	memset(j.arena, 0x5a, ARENA);
	for (unsigned row = 0; row < table_rows(); row++) {
		const struct table_row *r = table_row(row);

		if (r->exec == EXEC_STUB && r->modes != MODES_NOT_64 && !is_save_area(r))
			judge_row(&j, row);
	}
	CHECK(j.compared > 10000);
	CHECK(j.faulted > 10);
	CHECK(j.absent < j.compared / STATES); /* a CPU that lacks a few is no reason to say nothing */
	executor_free(j.executor);
	decoder_free(j.decoder);
	free(j.arena);
}

CHECK_MAIN(CHECK_TEST(every_row_agrees_with_the_cpu))
