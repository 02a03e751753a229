/*
 * Gathers and scatters: carried out element by element, against the CPU on
 * ordinary memory, with every mask, and stopped before every element.
 */
#include "tests/native.h"

#include "decoder/decode.h"
#include "decoder/table.h"
#include "tests/carry_out.h"
#include "tests/check.h"
#include "tests/spell.h"
#include "tests/vector_ones.h"
#include "vmm/execute/vector_host.h"

#define ARENA 16384
#define HEADER 512
#define HEADER_END 576
#define INDEX 9 /* of spell.h's fourth address: [rbx + 9 * 2] */
#define MASK_REGISTER 3 /* k3; for VEX, vector register 3 */
#define MASKS 256 /* of each form; all where it has at most eight elements */

struct judge {
	struct decoder *decoder;
	struct executor *executor;
	struct vector_host host;
	struct vector_layout layout;
	_Alignas(64) uint8_t arena[ARENA];
	uint64_t seed;
	unsigned forms, compared, stopped;
};

static struct judge j;

static uint64_t random64(void)
{
	j.seed ^= j.seed << 13;
	j.seed ^= j.seed >> 7;
	j.seed ^= j.seed << 17;
	return j.seed * 0x2545f4914f6cdd1dull;
}

static uint8_t *register_bytes(struct vector_state *vector, unsigned component, unsigned at)
{
	return vector->area + vector->layout.offset[component] + at;
}

/* Anything in the registers, but small indices, and the mask as wanted. */
static void fill(const struct insn *insn, uint64_t mask, struct vector_state *vector)
{
	uint32_t mxcsr = 0x1f80;

	vector->features = j.host.xcr0 & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	vector->layout = j.layout;
	for (unsigned i = 0; i < XSAVE_AREA; i += 8) {
		uint64_t value = random64();

		memcpy(vector->area + i, &value, 8);
	}
	memset(vector->area, 0, 32);
	memset(vector->area + HEADER, 0, HEADER_END - HEADER);
	vector->area[0] = 0x7f;
	vector->area[1] = 3;
	memcpy(vector->area + 24, &mxcsr, 4);
	memcpy(vector->area + HEADER, &vector->features, 8);
	for (unsigned i = 0; i < 64; i += insn->mem.index_size) {
		int64_t index = (int64_t)(random64() % 3000) - 1500;
		unsigned component = i < 16 ? 1 : i < 32 ? 2 : 6;
		unsigned at = i < 16 ? 16 * INDEX + i : i < 32 ? 16 * INDEX + i - 16 : 32 * INDEX + i - 32;

		if (insn->mem.index >= 16)
			component = 7, at = 64 * (unsigned)(insn->mem.index - 16) + i;
		memcpy(register_bytes(vector, component, at), &index, insn->mem.index_size);
	}
	if (insn->fields.encoding == ENC_EVEX) {
		memcpy(register_bytes(vector, 5, 8 * MASK_REGISTER), &mask, 8);
		return;
	}
	for (unsigned i = 0; i < insn->elements; i++) {
		unsigned top = (i + 1u) * insn->element - 1;
		uint8_t *byte = register_bytes(vector, top < 16 ? 1 : 2, 16 * MASK_REGISTER + top % 16);

		*byte = (uint8_t)((*byte & 0x7f) | (mask >> i & 1) << 7);
	}
}

/* One run through execute(), of at most `limit` elements; what it stores goes to the arena. */
static enum execute_status run(const struct insn *insn, const struct regs *regs, struct vector_state *vector,
			       unsigned limit, struct execution_out *out)
{
	static uint8_t loaded[MEMREF_MAX][64];
	struct memref refs[MEMREF_MAX];
	unsigned n = memrefs_of(insn, regs, vector, refs);
	struct execution_in in = {insn, regs, n < limit ? n : limit, refs, (const uint8_t(*)[64])loaded, n > limit};
	enum execute_status status;

	for (unsigned i = 0; i < in.nrefs; i++)
		memcpy(loaded[i], (const uint8_t *)(uintptr_t)refs[i].gva.v, refs[i].size);
	status = execute(j.executor, &in, vector, out);
	for (unsigned i = 0; i < in.nrefs && status == EXECUTE_OK; i++) {
		if (refs[i].use == MEM_WRITE)
			memcpy((uint8_t *)(uintptr_t)refs[i].gva.v, out->stored[i], refs[i].size);
	}
	CHECK_EQ(out->regs.rip, in.partial ? regs->rip : regs->rip + insn->length);
	CHECK_EQ(out->regs.rflags & RFLAGS_RF, in.partial ? RFLAGS_RF : 0);
	return status;
}

static void compare(const struct vector_state *a, const struct vector_state *b)
{
	CHECK(!memcmp(a->area + 24, b->area + 24, 4)); /* MXCSR; XSAVE writes to its neighbours */
	CHECK(!memcmp(a->area + a->layout.offset[1], b->area + b->layout.offset[1], a->layout.size[1]));
	for (unsigned i = 0; i < XSTATE_COMPONENTS; i++)
		CHECK_AT(!memcmp(a->area + a->layout.offset[i], b->area + b->layout.offset[i],
				 i >= 2 ? a->layout.size[i] : 0),
			 "component %u", i);
}

/* The mask left after a stop: the bits of what is not done. */
static void check_left(const struct insn *insn, const struct regs *regs, const struct vector_state *vector,
		       const struct vector_state *start, unsigned done)
{
	struct memref before[MEMREF_MAX], left[MEMREF_MAX];
	unsigned n = memrefs_of(insn, regs, start, before);

	CHECK_EQ(memrefs_of(insn, regs, vector, left), n - done);
	for (unsigned i = done; i < n; i++)
		CHECK_EQ(left[i - done].at, before[i].at);
}

/* The CPU; then at once; then stopped before element `stop` and gone on with. All end alike. */
static void judge_mask(const struct insn *insn, uint64_t mask, unsigned stop)
{
	static struct vector_state start, ours, native;
	static uint8_t before[ARENA], after[ARENA];
	static struct execution_out out;
	struct regs regs = {.mode = MODE_64, .stack_size = 8, .rip = 0x401000, .cpl = 3, CARRY_OUT_CONTROL};
	struct native cpu = {.mask = 0};
	unsigned elements = 0;

	regs.rflags = RFLAGS_FIXED | RFLAGS_RF;
	regs.gpr[GPR_RBX] = (uintptr_t)j.arena + ARENA / 2;
	fill(insn, mask, &start);
	for (unsigned i = 0; i < ARENA; i++)
		j.arena[i] = (uint8_t)(random64() >> 20);
	memcpy(before, j.arena, ARENA);
	native = start;
	memcpy(cpu.gpr, regs.gpr, sizeof(cpu.gpr));
	cpu.flags = RFLAGS_FIXED;
	cpu.area = native.area;
	cpu.mask = native.features;
	CHECK_EQ(native_run(insn->bytes, insn->length, &cpu), 0);
	memcpy(after, j.arena, ARENA);

	memcpy(j.arena, before, ARENA);
	ours = start;
	CHECK_EQ(run(insn, &regs, &ours, MEMREF_MAX, &out), EXECUTE_OK);
	compare(&ours, &native);
	CHECK(!memcmp(j.arena, after, ARENA));
	j.compared++;

	for (unsigned i = 0; i < insn->elements; i++)
		elements += mask >> i & 1;
	if (stop >= elements)
		return;
	memcpy(j.arena, before, ARENA);
	ours = start;
	CHECK_EQ(run(insn, &regs, &ours, stop, &out), EXECUTE_OK);
	check_left(insn, &regs, &ours, &start, stop);
	CHECK_EQ(run(insn, &regs, &ours, MEMREF_MAX, &out), EXECUTE_OK);
	compare(&ours, &native);
	CHECK(!memcmp(j.arena, after, ARENA));
	j.stopped++;
}

static void judge_form(const struct insn *insn)
{
	uint64_t all = (1ull << insn->elements) - 1;

	j.forms++;
	for (unsigned i = 0; i < MASKS; i++) {
		uint64_t mask = insn->elements <= 8 ? i & all : i == 0 ? 0 : i == 1 ? all : random64() & all;

		judge_mask(insn, mask, 1 + i % insn->elements);
	}
}

static void judge_row(unsigned row)
{
	const struct table_row *r = table_row(row);
	bool evex = r->encoding == ENC_EVEX;

	for (unsigned length = 0; length < 3; length++) {
		for (unsigned high = 0; high < (evex ? 2 : 1); high++) {
			struct spelling sp = {.opcode = r->opcode, .reg = 5, .address = 3, .w = r->w == W_1};
			struct insn insn;
			uint8_t bytes[32];
			char name[120];

			sp.length = length;
			sp.l = length == 1;
			sp.mask = MASK_REGISTER;
			sp.vvvv = evex ? 16 * high : MASK_REGISTER;
			sp.r2 = high;
			spell(r, &sp, 0, 0, bytes);
			if ((!evex && length > 1) || decode(j.decoder, bytes, INSN_MAX, MODE_64, &insn) != DECODE_OK ||
			    insn.row != row)
				continue;
			snprintf(name, sizeof(name), "%s %u: %s", r->name, insn.fields.vector_len, insn.text);
			check_row = name;
			judge_form(&insn);
			check_row = "";
		}
	}
}

static void element_by_element(void)
{
	native_setup();
	j.seed = 88172645463325252ull;
	j.decoder = decoder_new();
	j.executor = executor_new();
	CHECK(j.decoder && j.executor);
	vector_layout_read(&j.layout);
	if (!vector_host_read(&j.host) || (j.host.xcr0 & XSTATE_AVX512) != XSTATE_AVX512) {
		SKIP("this CPU has no AVX-512");
	} else {
		for (unsigned row = 0; row < table_rows(); row++) {
			enum execution exec = table_row(row)->exec;

			if (exec == EXEC_GATHER || exec == EXEC_SCATTER)
				judge_row(row);
		}
		CHECK(j.forms >= 64);
		CHECK(j.stopped > 1000);
	}
	executor_free(j.executor);
	decoder_free(j.decoder);
}

/* Intel SDM Vol 2: #UD where a register is named twice. */
static void register_named_twice(void)
{
	static const struct {
		const char *name;
		uint8_t reg, index, vvvv, mask;
		enum encoding encoding;
		enum execution exec;
		enum execute_status status;
	} cases[] = {
		{"all different", 1, 2, 3, 0, ENC_VEX, EXEC_GATHER, EXECUTE_OK},
		{"destination is index", 2, 2, 3, 0, ENC_VEX, EXEC_GATHER, EXECUTE_EXCEPTION},
		{"destination is mask", 3, 2, 3, 0, ENC_VEX, EXEC_GATHER, EXECUTE_EXCEPTION},
		{"mask is index", 1, 2, 2, 0, ENC_VEX, EXEC_GATHER, EXECUTE_EXCEPTION},
		{"EVEX", 1, 2, 0, 1, ENC_EVEX, EXEC_GATHER, EXECUTE_OK},
		{"EVEX, destination is index", 2, 2, 0, 1, ENC_EVEX, EXEC_GATHER, EXECUTE_EXCEPTION},
		{"EVEX without mask", 1, 2, 0, 0, ENC_EVEX, EXEC_GATHER, EXECUTE_EXCEPTION},
		{"a scatter's source may be its index", 2, 2, 0, 1, ENC_EVEX, EXEC_SCATTER, EXECUTE_OK},
		{"scatter without mask", 1, 2, 0, 0, ENC_EVEX, EXEC_SCATTER, EXECUTE_EXCEPTION},
	};
	struct executor *x = executor_new();

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct vector_state vector, before;
		static struct execution_out out;
		struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
		struct insn insn = {.mode = MODE_64, .exec = cases[i].exec, .element = 4, .elements = 4};
		struct execution_in in = {&insn, &regs, 0, NULL, NULL, false};

		check_row = cases[i].name;
		insn.fields.encoding = cases[i].encoding;
		insn.fields.reg = cases[i].reg;
		insn.fields.vvvv = cases[i].vvvv;
		insn.fields.mask = cases[i].mask;
		insn.mem.index = (int8_t)cases[i].index;
		before = vector;
		CHECK_EQ(execute(x, &in, &vector, &out), cases[i].status);
		if (cases[i].status == EXECUTE_EXCEPTION) {
			CHECK_EQ(out.vector, 6);
			CHECK(!memcmp(&vector, &before, sizeof(vector)));
		}
	}
	executor_free(x);
}

/*
 * What a fault at element 2 leaves, element 0 masked off and element 1 done, measured on
 * an AMD CPU: VEX clears the mask of what it passed, and nothing else; EVEX clears what is
 * above the vector.
 */
static void what_a_stop_leaves(void)
{
	static const struct {
		const char *name;
		enum encoding encoding;
		uint32_t mask[6], destination[6]; /* the low elements after */
	} cases[] = {
		{"VEX",
		 ENC_VEX,
		 {0, 0, 0x89abcdef, 0x89abcdef, 0x89abcdef, 0x89abcdef},
		 {0xd0, 0x77777777, 0xd2, 0xd3, 0xd4, 0xd5}},
		{"EVEX",
		 ENC_EVEX,
		 {0x01234567, 0x89abcdef, 0x89abcdef, 0x89abcdef, 0x89abcdef, 0x89abcdef},
		 {0xd0, 0x77777777, 0xd2, 0xd3, 0, 0}},
	};
	struct executor *x = executor_new();

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct vector_state vector;
		static struct execution_out out;
		static const uint8_t loaded[1][64] = {{0x77, 0x77, 0x77, 0x77}};
		struct regs regs = {.mode = MODE_64, .stack_size = 8, CARRY_OUT_CONTROL};
		struct insn insn = {.mode = MODE_64, .exec = EXEC_GATHER, .element = 4, .elements = 4};
		struct memref ref = {.use = MEM_READ, .size = 4, .at = 4};
		struct execution_in in = {&insn, &regs, 1, &ref, loaded, true};
		uint32_t destination[16], mask[16];

		check_row = cases[i].name;
		for (unsigned e = 0; e < 16; e++) {
			destination[e] = 0xd0 + e;
			mask[e] = e ? 0x89abcdef : 0x01234567;
		}
		vector_ones(&vector);
		vector_set_register(&vector, 1, (const uint8_t *)destination);
		vector_set_register(&vector, 3, (const uint8_t *)mask);
		vector_set_mask(&vector, 3, 0xfe);
		insn.flags = INSN_VECTOR | INSN_MASKED;
		insn.fields = (struct insn_fields){.encoding = cases[i].encoding, .reg = 1, .vector_len = 16};
		insn.fields.vvvv = cases[i].encoding == ENC_VEX ? 3 : 0;
		insn.fields.mask = cases[i].encoding == ENC_VEX ? 0 : 3;
		insn.mem.index = 2;
		insn.mem.index_size = 4;
		CHECK_EQ(execute(x, &in, &vector, &out), EXECUTE_OK);
		vector_register(&vector, 1, (uint8_t *)destination);
		vector_register(&vector, 3, (uint8_t *)mask);
		CHECK(!memcmp(destination, cases[i].destination, sizeof(cases[i].destination)));
		CHECK(!memcmp(mask, cases[i].mask, sizeof(cases[i].mask)));
		CHECK_EQ(vector_mask_register(&vector, 3), cases[i].encoding == ENC_VEX ? 0xfe : 0xfc);
	}
	executor_free(x);
}

CHECK_MAIN(CHECK_TEST(what_a_stop_leaves), CHECK_TEST(element_by_element), CHECK_TEST(register_named_twice))
