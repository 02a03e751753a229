/*
 * Any bytes in any mode, then any registers: decode() never reads beyond n, never
 * writes on refusal, agrees with its cache, and what memrefs_of() enumerates is sane.
 * The input is one byte of mode, then the code, then registers,
 * whose bytes are vector state too.
 */
#include "decoder/decode.h"
#include "decoder/describe.h"
#include "decoder/insn_equal.h"
#include "decoder/memref.h"
#include "tests/vector_ones.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

static struct regs some_regs(const uint8_t *input, size_t size, enum cpu_mode mode)
{
	struct regs regs = {.mode = mode, .stack_size = (uint8_t)(2u << mode)};

	for (unsigned i = 0; i < GPR_COUNT && size >= 8 * (i + 1); i++)
		memcpy(&regs.gpr[i], input + 8 * i, 8);
	regs.rip = regs.gpr[GPR_R15];
	regs.seg[SEG_FS].base = regs.gpr[GPR_R14];
	regs.seg[SEG_SS].base = regs.gpr[GPR_R13];
	return regs;
}

/* Vector state of the rest of the input, over and over; a layout that it chooses too, within the area. */
static void some_vector(const uint8_t *input, size_t size, struct vector_state *vector)
{
	vector_ones(vector);
	if (size == 0)
		return;
	for (unsigned i = 0; i < XSAVE_AREA; i++)
		vector->area[i] = input[i % size];
	vector->features = input[0] & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512);
	if (input[0] & 8)
		vector_layout_read(&vector->layout);
}

static void check_refs(const struct insn *insn, const struct regs *regs, const struct vector_state *vector)
{
	struct memref refs[MEMREF_MAX];
	unsigned n = memrefs_of(insn, regs, vector, refs);
	unsigned last = 0;

	REQUIRE(n <= MEMREF_MAX);
	for (unsigned i = 0; i < n; i++) {
		REQUIRE(refs[i].size >= 1 && refs[i].size <= 64);
		REQUIRE(refs[i].use != MEM_NONE);
		REQUIRE(refs[i].seg < SEG_COUNT);
		REQUIRE(insn->mode == MODE_64 || refs[i].gva.v <= UINT32_MAX);
		REQUIRE(!refs[i].locked || refs[i].use == MEM_READ_WRITE);
		REQUIRE(refs[i].at == 0 || refs[i].role == MEMREF_OPERAND);
		REQUIRE(refs[i].at + refs[i].size <= XSAVE_AREA);
		REQUIRE(refs[i].at == 0 || refs[i].at >= last); /* in the operand's order */
		last = refs[i].at + refs[i].size;
	}
	if (insn->flags & INSN_MASKED)
		REQUIRE(memrefs_of(insn, regs, NULL, refs) == 0);
}

static void check_masked(const struct insn *insn)
{
	if (!(insn->flags & INSN_MASKED) || !insn->element)
		return;
	REQUIRE(insn->elements >= 1 && insn->elements <= 64);
	REQUIRE(insn->elements * insn->element <= 64 || insn->fields.broadcast);
	REQUIRE(insn->mem.index_size == 0 || insn->mem.index >= 0);
}

static void check_insn(const struct insn *insn, const uint8_t *code, size_t n)
{
	REQUIRE(insn->length >= 1 && insn->length <= INSN_MAX && insn->length <= n);
	REQUIRE(memcmp(insn->bytes, code, insn->length) == 0);
	REQUIRE(insn->fields.prefix_size < insn->length);
	REQUIRE(insn->fields.imm_at + insn->fields.imm_size <= insn->length);
	REQUIRE(insn->fields.disp_at + insn->fields.disp_size <= insn->length);
	REQUIRE(memchr(insn->text, 0, INSN_TEXT) && insn->text[0]);
	REQUIRE(!insn->mem.present || insn->mem.use == MEM_NONE || (insn->mem.size && insn->mem.size <= XSAVE_AREA));
	check_masked(insn);
}

static void check_mode(struct decoder *d, const uint8_t *code, size_t n, enum cpu_mode mode, const struct regs *regs,
		       const struct vector_state *vector)
{
	enum decode_status status, again;
	const struct insn *cached = NULL;
	struct insn insn;

	status = decode(d, code, n, mode, &insn);
	for (unsigned round = 0; round < 2; round++) {
		again = decode_cached(d, code, n, mode, &cached);
		REQUIRE(again == status);
		REQUIRE((status == DECODE_OK) == (cached != NULL));
		REQUIRE(!cached || insn_equal(cached, &insn));
	}
	REQUIRE(n < INSN_MAX || status != DECODE_TRUNCATED);
	if (status != DECODE_OK)
		return;
	check_insn(&insn, code, n);
	check_refs(&insn, regs, vector);
	if (n > insn.length) { /* the bytes after it do not matter */
		struct insn alone;

		REQUIRE(decode(d, code, insn.length, mode, &alone) == DECODE_OK && insn_equal(&alone, &insn));
	}
	REQUIRE(decode(d, code, insn.length - 1u, mode, &insn) != DECODE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct decoder *d;
	static FILE *null;
	static struct vector_state vector;
	size_t n;
	uint8_t *code;

	if (!d) {
		d = decoder_new();
		null = fopen("/dev/null", "w");
	}
	REQUIRE(d && null);
	if (size < 1)
		return 0;
	n = size - 1 < 20 ? size - 1 : 20;
	code = malloc(n ? n : 1); /* exactly n bytes, so that a read beyond is found */
	REQUIRE(code);
	memcpy(code, input + 1, n);
	some_vector(input + 1 + n, size - 1 - n, &vector);
	for (unsigned mode = 0; mode < 3; mode++) {
		struct regs regs = some_regs(input + 1 + n, size - 1 - n, (enum cpu_mode)mode);

		check_mode(d, code, n, (enum cpu_mode)mode, &regs, &vector);
		if (input[0] % 16 == mode)
			REQUIRE(describe(d, code, n, (enum cpu_mode)mode, input[0] & 16, null) >= 0);
	}
	free(code);
	return 0;
}
