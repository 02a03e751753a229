/* #UD and #NM before an instruction touches anything. Intel SDM Vol 2, "Exception Classifications". */
#include "vmm/execute/needs.h"

#include "decoder/vector.h"
#include "tests/carry_out.h"
#include "tests/check.h"

#define CR0 (CR0_PE | CR0_NE)
#define CR4 (CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE)
#define ALL_XCR0 (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512)
#define NOTHING FEATURE_ALWAYS /* no feature is missing */
#define UD 6
#define NM 7
#define MET 0

static const struct row {
	const char *name, *hex;
	uint64_t cr0, cr4, xcr0;
	enum feature lacks;
	unsigned vector;
} rows[] = {
	{"mov needs nothing", "48 8b 03", CR0_EM | CR0_TS, 0, 0, NOTHING, MET},
	{"popcnt", "f3 48 0f b8 03", CR0, CR4, 3, NOTHING, MET},
	{"popcnt that the CPU lacks", "f3 48 0f b8 03", CR0, CR4, 3, FEATURE_POPCNT, UD},
	{"movbe that the CPU lacks", "0f 38 f0 03", CR0, CR4, 3, FEATURE_MOVBE, UD},
	{"crc32 is SSE4.2's", "f2 0f 38 f0 03", CR0, CR4, 3, FEATURE_SSE4_2, UD},
	{"cmpxchg8b is always there", "0f c7 0b", CR0, CR4, 3, FEATURE_CX16, MET},
	{"cmpxchg16b that the CPU lacks", "48 0f c7 0b", CR0, CR4, 3, FEATURE_CX16, UD},
	{"adcx that the CPU lacks", "66 0f 38 f6 03", CR0, CR4, 3, FEATURE_ADX, UD},
	{"fld", "d9 03", CR0, 0, 1, NOTHING, MET},
	{"fld with EM", "d9 03", CR0 | CR0_EM, CR4, 3, NOTHING, NM},
	{"fld with TS", "d9 03", CR0 | CR0_TS, CR4, 3, NOTHING, NM},
	{"paddb mm", "0f fc 03", CR0, 0, 1, NOTHING, MET},
	{"paddb mm with EM", "0f fc 03", CR0 | CR0_EM, CR4, 3, NOTHING, UD},
	{"paddb mm with TS", "0f fc 03", CR0 | CR0_TS, CR4, 3, NOTHING, NM},
	{"paddq mm is SSE2's", "0f d4 03", CR0, CR4, 3, FEATURE_SSE2, UD},
	{"pabsb mm is SSSE3's and MMX's", "0f 38 1c 03", CR0, 0, 3, NOTHING, MET},
	{"movups", "0f 10 03", CR0, CR4, 3, NOTHING, MET},
	{"movups without OSFXSR", "0f 10 03", CR0, 0, 3, NOTHING, UD},
	{"movups with EM", "0f 10 03", CR0 | CR0_EM, CR4, 3, NOTHING, UD},
	{"movups with TS", "0f 10 03", CR0 | CR0_TS, CR4, 3, NOTHING, NM},
	{"#UD comes before #NM", "0f 10 03", CR0 | CR0_TS, 0, 3, NOTHING, UD},
	{"ldmxcsr without OSFXSR", "0f ae 13", CR0, 0, 3, NOTHING, UD},
	{"pshufb that the CPU lacks", "66 0f 38 00 03", CR0, CR4, 3, FEATURE_SSSE3, UD},
	{"aesenc that the CPU lacks", "66 0f 38 dc 03", CR0, CR4, 3, FEATURE_AES, UD},
	{"vmovups", "c5 fc 10 03", CR0, CR4, 7, NOTHING, MET},
	{"vmovups without OSXSAVE", "c5 fc 10 03", CR0, CR4_OSFXSR, 7, NOTHING, UD},
	{"vmovups that XCR0 lacks", "c5 fc 10 03", CR0, CR4, 3, NOTHING, UD},
	{"vmovups without SSE in XCR0", "c5 fc 10 03", CR0, CR4, 5, NOTHING, UD},
	{"vmovups with TS", "c5 fc 10 03", CR0 | CR0_TS, CR4, 7, NOTHING, NM},
	{"vmovups does not look at EM", "c5 fc 10 03", CR0 | CR0_EM, CR4, 7, NOTHING, MET},
	{"vmovups in real mode", "c5 fc 10 03", 0, CR4, 7, NOTHING, UD},
	{"vmovups that the CPU lacks", "c5 fc 10 03", CR0, CR4, 7, FEATURE_AVX, UD},
	{"vpaddb of 32 bytes is AVX2's", "c5 fd fc 03", CR0, CR4, 7, FEATURE_AVX2, UD},
	{"vpaddb of 16 bytes is AVX's", "c5 f9 fc 03", CR0, CR4, 7, FEATURE_AVX2, MET},
	{"vmovdqu of 32 bytes is AVX's", "c5 fe 6f 03", CR0, CR4, 7, FEATURE_AVX2, MET},
	{"vfmadd that the CPU lacks", "c4 e2 7d 98 03", CR0, CR4, 7, FEATURE_FMA, UD},
	{"andn needs no XCR0", "c4 e2 f0 f2 03", CR0, 0, 0, NOTHING, MET},
	{"andn that the CPU lacks", "c4 e2 f0 f2 03", CR0, CR4, 7, FEATURE_BMI1, UD},
	{"mulx that the CPU lacks", "c4 e2 f3 f6 03", CR0, CR4, 7, FEATURE_BMI2, UD},
	{"andn in real mode", "c4 e2 f0 f2 03", 0, CR4, 7, NOTHING, UD},
	{"vaddps zmm", "62 f1 7c 48 58 03", CR0, CR4, ALL_XCR0, NOTHING, MET},
	{"vaddps zmm that XCR0 lacks", "62 f1 7c 48 58 03", CR0, CR4, 7, NOTHING, UD},
	{"vaddps zmm needs no VL", "62 f1 7c 48 58 03", CR0, CR4, ALL_XCR0, FEATURE_AVX512VL, MET},
	{"vaddps ymm as EVEX needs VL", "62 f1 7c 28 58 03", CR0, CR4, ALL_XCR0, FEATURE_AVX512VL, UD},
	{"vaddss as EVEX needs no VL", "62 f1 7e 08 58 03", CR0, CR4, ALL_XCR0, FEATURE_AVX512VL, MET},
	{"vandps zmm is DQ's", "62 f1 7c 48 54 03", CR0, CR4, ALL_XCR0, FEATURE_AVX512DQ, UD},
	{"vpaddb zmm is BW's", "62 f1 7d 48 fc 03", CR0, CR4, ALL_XCR0, FEATURE_AVX512BW, UD},
	{"vpaddd zmm is F's", "62 f1 7d 48 fe 03", CR0, CR4, ALL_XCR0, FEATURE_AVX512BW, MET},
	{"fxsave", "0f ae 03", CR0, 0, 3, NOTHING, MET},
	{"fxsave with EM", "0f ae 03", CR0 | CR0_EM, CR4, 3, NOTHING, NM},
	{"xsave", "0f ae 23", CR0, CR4, 3, NOTHING, MET},
	{"xsave without OSXSAVE", "0f ae 23", CR0, CR4_OSFXSR, 3, NOTHING, UD},
	{"xsave with TS", "0f ae 23", CR0 | CR0_TS, CR4, 3, NOTHING, NM},
	{"xsaveopt that the CPU lacks", "0f ae 33", CR0, CR4, 3, FEATURE_XSAVEOPT, UD},
};

static void before_anything_is_touched(void)
{
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct features features = {.has = ~(row->lacks == NOTHING ? 0 : 1ull << row->lacks)};
		struct regs regs = {.mode = MODE_64, .stack_size = 8, .cr0 = row->cr0, .cr4 = row->cr4};
		uint8_t vector = 0;

		check_row = row->name;
		executor_offer(c.executor, &features);
		CHECK(carry_out_decode(&c, row->hex, &regs));
		CHECK_EQ(execute_check(c.executor, &c.insn, &regs, row->xcr0, &vector),
			 row->vector == MET ? EXECUTE_OK : EXECUTE_EXCEPTION);
		CHECK_EQ(vector, row->vector);
	}
	carry_out_end(&c);
}

static bool names_mmx(const char *text)
{
	for (const char *at = strstr(text, "mm"); at; at = strstr(at + 2, "mm"))
		if (at[2] >= '0' && at[2] <= '7' && (at == text || at[-1] == ' ' || at[-1] == ','))
			return true;
	return false;
}

/* By the text that another decoder gives: MMX registers are those of the x87 unit, XMM registers are not. */
static unsigned check_components(struct decoder *d, const uint8_t *bytes, size_t n)
{
	uint64_t has;
	struct insn insn;

	if (decode(d, bytes, n, MODE_64, &insn) != DECODE_OK || !(insn.flags & INSN_VECTOR))
		return 0;
	has = needs_components(&insn, needs_of(&insn).unit);
	check_row = insn.text;
	if (strncmp(insn.text, "cvtpi2", 6) != 0) /* touches the x87 unit's tags where its operand is memory, too */
		CHECK_EQ(has & XSTATE_X87, names_mmx(insn.text) ? XSTATE_X87 : 0);
	if (strncmp(insn.text, "cvt", 3) == 0 || strstr(insn.text, "xmm")) /* MXCSR, or a register */
		CHECK(has & XSTATE_SSE);
	check_row = "";
	return 1;
}

static void components_are_those_of_the_registers_named(void)
{
	static const uint8_t prefixes[] = {0, 0x66, 0xf3, 0xf2}, maps[] = {0, 0x38, 0x3a};
	struct decoder *d = decoder_new();
	unsigned seen = 0;

	for (unsigned opcode = 0; opcode < 3 * 4 * 256u; opcode++) {
		uint8_t bytes[INSN_MAX] = {0}, prefix = prefixes[opcode >> 8 & 3], map = maps[opcode >> 10];
		unsigned n = 0;

		if (!map && ((opcode & 0xff) == 0xae || (opcode & 0xff) == 0xc7))
			continue; /* groups with save areas */
		if (prefix)
			bytes[n++] = prefix;
		bytes[n++] = 0x0f;
		if (map)
			bytes[n++] = map;
		bytes[n++] = (uint8_t)opcode;
		bytes[n] = 0x03; /* [rbx] */
		seen += check_components(d, bytes, sizeof(bytes));
	}
	CHECK(seen > 250);
	decoder_free(d);
}

static void components_by_unit(void)
{
	static const struct {
		const char *name, *hex;
		uint64_t components;
	} cases[] = {
		{"fld", "d9 03", XSTATE_X87},
		{"paddb mm", "0f fc 03", XSTATE_X87},
		{"cvttpd2pi mm", "66 0f 2c 03", XSTATE_X87 | XSTATE_SSE},
		{"cvttsd2si eax", "f2 0f 2c 03", XSTATE_SSE},
		{"ldmxcsr", "0f ae 13", XSTATE_SSE},
		{"fxsave", "0f ae 03", XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512},
		{"vmovups xmm", "c5 f8 10 03", XSTATE_SSE | XSTATE_AVX | XSTATE_ZMM_HIGH},
		{"vldmxcsr", "c5 f8 ae 13", XSTATE_SSE | XSTATE_AVX | XSTATE_ZMM_HIGH},
		{"kmovw", "c5 f8 90 03", XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512},
		{"vmovups xmm, EVEX", "62 f1 7c 08 10 03", XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512},
	};
	struct regs regs = {.mode = MODE_64};
	struct carry_out c;

	carry_out_begin(&c);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_row = cases[i].name;
		CHECK(carry_out_decode(&c, cases[i].hex, &regs));
		CHECK_EQ(needs_components(&c.insn, needs_of(&c.insn).unit), cases[i].components);
	}
	carry_out_end(&c);
}

static void leaves_of_cpuid(void)
{
	struct features features;
	const uint32_t avx[4] = {0, 0, 1u << 28, 0}, none[4] = {0};

	features_none(&features);
	CHECK_EQ(features.has, 1ull << FEATURE_ALWAYS);
	features_add(&features, 1, 0, avx);
	CHECK(features_have(&features, FEATURE_AVX));
	CHECK(!features_have(&features, FEATURE_SSE));
	features_add(&features, 1, 0, none); /* adds, and takes nothing away */
	CHECK(features_have(&features, FEATURE_AVX));
	features_none(&features);
	features_add(&features, 7, 0, avx);
	CHECK(!features_have(&features, FEATURE_AVX));
	features_of_host(&features);
	CHECK(features_have(&features, FEATURE_SSE2));
}

CHECK_MAIN(CHECK_TEST(before_anything_is_touched), CHECK_TEST(components_are_those_of_the_registers_named),
	   CHECK_TEST(components_by_unit), CHECK_TEST(leaves_of_cpuid))
