#include "vmm/execute/stub.h"

#include "decoder/decode.h"
#include "decoder/fields.h"
#include "tests/check.h"
#include "tests/spell.h"
#include "vmm/execute/allow.h"
#include "vmm/execute/same.h"

#include <stdlib.h>

static unsigned from_hex(const char *hex, uint8_t out[INSN_MAX])
{
	unsigned n = 0;
	char *end;

	for (unsigned long byte; n < INSN_MAX && (byte = strtoul(hex, &end, 16), end != hex); hex = end)
		out[n++] = (uint8_t)byte;
	return n;
}

static bool decode_hex(struct decoder *d, const char *hex, enum cpu_mode mode, struct insn *out)
{
	uint8_t bytes[INSN_MAX];
	unsigned n = from_hex(hex, bytes);

	return decode(d, bytes, n, mode, out) == DECODE_OK && out->length == n;
}

/* In: what the guest has; out: what runs in 64-bit mode, the displacement 0. */
static const struct row {
	const char *name;
	enum cpu_mode mode;
	const char *in, *out;
	int rsp_became;
} rows[] = {
	{"plain", MODE_64, "48 03 03", "48 03 05 00 00 00 00", REG_NONE},
	{"SIB and disp8 go", MODE_64, "48 03 44 8b 10", "48 03 05 00 00 00 00", REG_NONE},
	{"disp32 goes", MODE_64, "89 8b 78 56 34 12", "89 0d 00 00 00 00", REG_NONE},
	{"RIP-relative stays so", MODE_64, "48 8b 0d 01 02 03 04", "48 8b 0d 00 00 00 00", REG_NONE},
	{"REX.X and REX.B go, R and W stay", MODE_64, "4f 8b 04 13", "4c 8b 05 00 00 00 00", REG_NONE},
	{"an empty REX stays: sil", MODE_64, "41 88 33", "40 88 35 00 00 00 00", REG_NONE},
	{"no REX: dh", MODE_64, "88 33", "88 35 00 00 00 00", REG_NONE},
	{"segment and address size go", MODE_64, "64 67 8b 03", "8b 05 00 00 00 00", REG_NONE},
	{"lock goes", MODE_64, "f0 48 ff 03", "48 ff 05 00 00 00 00", REG_NONE},
	{"repeated prefixes become one", MODE_64, "66 66 2e 66 89 03", "66 89 05 00 00 00 00", REG_NONE},
	{"immediate stays", MODE_64, "81 43 10 78 56 34 12", "81 05 00 00 00 00 78 56 34 12", REG_NONE},
	{"imm16 with 66", MODE_64, "66 c7 03 34 12", "66 c7 05 00 00 00 00 34 12", REG_NONE},
	{"mandatory F3 and REX.W", MODE_64, "f3 48 0f b8 0b", "f3 48 0f b8 0d 00 00 00 00", REG_NONE},
	{"66 and F2 together", MODE_64, "66 f2 0f 38 f1 03", "66 f2 0f 38 f1 05 00 00 00 00", REG_NONE},
	{"rsp as source is rbp", MODE_64, "48 89 23", "48 89 2d 00 00 00 00", GPR_RBP},
	{"esp as destination", MODE_64, "8b 23", "8b 2d 00 00 00 00", GPR_RBP},
	{"spl is bpl", MODE_64, "40 88 23", "40 88 2d 00 00 00 00", GPR_RBP},
	{"ah is no rsp", MODE_64, "88 23", "88 25 00 00 00 00", REG_NONE},
	{"and /4 is no rsp", MODE_64, "83 23 01", "83 25 00 00 00 00 01", REG_NONE},
	{"xmm4 is no rsp", MODE_64, "0f 10 23", "0f 10 25 00 00 00 00", REG_NONE},
	{"r12 is no rsp", MODE_64, "4c 89 23", "4c 89 25 00 00 00 00", REG_NONE},
	{"rsp as a base is gone", MODE_64, "48 8b 04 24", "48 8b 05 00 00 00 00", REG_NONE},
	{"VEX: reg rsp", MODE_64, "c4 e2 f0 f2 23", "c4 e2 f0 f2 2d 00 00 00 00", GPR_RBP},
	{"VEX: vvvv rsp, reg rbp", MODE_64, "c4 e2 d8 f2 2b", "c4 e2 c8 f2 2d 00 00 00 00", GPR_RSI},
	{"VEX: both rsp", MODE_64, "c4 e2 d8 f2 23", "c4 e2 d0 f2 2d 00 00 00 00", GPR_RBP},
	{"VEX: reg rbp, vvvv rsi and no rsp", MODE_64, "c4 e2 c8 f2 2b", "c4 e2 c8 f2 2d 00 00 00 00", REG_NONE},
	{"VEX: blsr vvvv rsp", MODE_64, "c4 e2 d8 f3 0b", "c4 e2 d0 f3 0d 00 00 00 00", GPR_RBP},
	{"VEX: X and B go", MODE_64, "c4 01 7c 10 04 3b", "c4 61 7c 10 05 00 00 00 00", REG_NONE},
	{"VEX of two bytes", MODE_64, "c5 7c 10 03", "c5 7c 10 05 00 00 00 00", REG_NONE},
	{"VEX of two bytes after a segment", MODE_64, "65 c5 fc 11 03", "c5 fc 11 05 00 00 00 00", REG_NONE},
	{"moffs: al from memory", MODE_64, "a0 11 22 33 44 55 66 77 88", "8a 05 00 00 00 00", REG_NONE},
	{"moffs: rax from memory", MODE_64, "48 a1 11 22 33 44 55 66 77 88", "48 8b 05 00 00 00 00", REG_NONE},
	{"moffs: REX.R and B have no meaning", MODE_64, "4d a3 11 22 33 44 55 66 77 00", "48 89 05 00 00 00 00",
	 REG_NONE},
	{"moffs: al to memory", MODE_64, "a2 11 22 33 44 55 66 77 00", "88 05 00 00 00 00", REG_NONE},
	{"moffs: ax to memory", MODE_64, "66 a3 11 22 33 44 55 66 77 00", "66 89 05 00 00 00 00", REG_NONE},
	{"moffs in 32-bit code", MODE_32, "a1 11 22 33 44", "8b 05 00 00 00 00", REG_NONE},
	{"moffs in 16-bit code", MODE_16, "a3 34 12", "66 89 05 00 00 00 00", REG_NONE},
	{"32-bit code has the same default", MODE_32, "03 43 10", "03 05 00 00 00 00", REG_NONE},
	{"32-bit code with 66", MODE_32, "66 03 03", "66 03 05 00 00 00 00", REG_NONE},
	{"32-bit code with 67", MODE_32, "67 03 07", "03 05 00 00 00 00", REG_NONE},
	{"16-bit code defaults to two bytes", MODE_16, "03 07", "66 03 05 00 00 00 00", REG_NONE},
	{"16-bit code with 66", MODE_16, "66 03 07", "03 05 00 00 00 00", REG_NONE},
	{"16-bit: imm16", MODE_16, "81 07 34 12", "66 81 05 00 00 00 00 34 12", REG_NONE},
	{"16-bit: imm32 with 66", MODE_16, "66 81 07 78 56 34 12", "81 05 00 00 00 00 78 56 34 12", REG_NONE},
	{"16-bit: a byte has no size", MODE_16, "00 07", "00 05 00 00 00 00", REG_NONE},
	{"16-bit: movzx r16,m8", MODE_16, "0f b6 07", "66 0f b6 05 00 00 00 00", REG_NONE},
	{"16-bit: 66 of SSE is the opcode's", MODE_16, "66 0f 6f 07", "66 0f 6f 05 00 00 00 00", REG_NONE},
	{"16-bit: SSE without 66", MODE_16, "0f 28 07", "0f 28 05 00 00 00 00", REG_NONE},
	{"16-bit: movnti m32", MODE_16, "0f c3 07", "0f c3 05 00 00 00 00", REG_NONE},
	{"16-bit: cmpxchg8b", MODE_16, "0f c7 0f", "0f c7 0d 00 00 00 00", REG_NONE},
	{"16-bit: movbe r16", MODE_16, "0f 38 f0 07", "66 0f 38 f0 05 00 00 00 00", REG_NONE},
	{"32-bit: VEX.W of BMI has no meaning", MODE_32, "c4 e2 f0 f2 03", "c4 e2 70 f2 05 00 00 00 00", REG_NONE},
	{"32-bit: bit 7 of vblendvps's mask register has no meaning", MODE_32, "c4 e3 71 4a 03 90",
	 "c4 e3 71 4a 05 00 00 00 00 10", REG_NONE},
	{"64-bit: there it does", MODE_64, "c4 e3 71 4a 03 90", "c4 e3 71 4a 05 00 00 00 00 90", REG_NONE},
	{"a REX before another prefix is dead", MODE_64, "66 4f 46 0f 10 14 4b", "66 44 0f 10 15 00 00 00 00",
	 REG_NONE},
	{"the same before F2", MODE_64, "48 f2 0f 58 03", "f2 0f 58 05 00 00 00 00", REG_NONE},
	{"67 with REX.W", MODE_64, "67 48 0f ba 22 07", "48 0f ba 25 00 00 00 00 07", REG_NONE},
	{"32-bit: esp", MODE_32, "8b 21", "8b 2d 00 00 00 00", GPR_RBP},
};

static void rewritten_bytes(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct insn insn, again;
		struct stub_code code;
		uint8_t expected[INSN_MAX] = {0};
		unsigned n = from_hex(rows[i].out, expected);

		check_row = rows[i].name;
		if (!decode_hex(d, rows[i].in, rows[i].mode, &insn)) {
			CHECK_AT(0, "does not decode");
			continue;
		}
		CHECK(stub_encode(&insn, &code));
		CHECK_EQ(code.length, n);
		CHECK(!memcmp(code.bytes, expected, n));
		CHECK_EQ(code.rsp_became, rows[i].rsp_became);
		CHECK_EQ(code.disp_at + 4u + insn.fields.imm_size, n);
		CHECK_EQ(decode(d, code.bytes, code.length, MODE_64, &again), DECODE_OK);
		CHECK(same_on_slot(d, &insn, &again, code.rsp_became));
	}
	decoder_free(d);
}

/* What decodes, but must never be rewritten; *out stays untouched. */
static void refused_by_execution(void)
{
	static const char *const refused[] = {
		"8e 1b", /* mov ds,[rbx] */
		"8c 1b", /* mov [rbx],ds */
		"ff 13", /* call */
		"ff 23", /* jmp */
		"ff 33", /* push */
		"8f 03", /* pop */
		"a4", /* movsb */
		"48 8d 03", /* lea */
		"0f 18 0b", /* prefetch */
		"c3",       "c9", "50", "48 01 d8",
	};
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct stub_code code, before;
		struct insn insn;

		check_row = refused[i];
		memset(&code, 0x77, sizeof(code));
		before = code;
		CHECK(decode_hex(d, refused[i], MODE_64, &insn));
		CHECK(!stub_encode(&insn, &code));
		CHECK(!memcmp(&code, &before, sizeof(code)));
		/* not even if the table were wrong about all that can be */
		insn.exec = EXEC_STUB;
		insn.mem = (struct insn_mem){.present = true, .use = MEM_READ, .size = 8};
		CHECK(!stub_encode(&insn, &code));
		CHECK(!memcmp(&code, &before, sizeof(code)));
	}
	decoder_free(d);
}

/* The second lock, by opcode: these never run on the host. */
static const struct {
	const char *name;
	enum encoding encoding;
	enum opcode_map map;
	enum opcode_prefix prefix;
	uint8_t opcode, digit;
	bool allowed;
} denied[] = {
	{"mov sreg", ENC_LEGACY, MAP_0, PFX_NONE, 0x8e, 3, false},
	{"mov from sreg", ENC_LEGACY, MAP_0, PFX_NONE, 0x8c, 3, false},
	{"pop", ENC_LEGACY, MAP_0, PFX_NONE, 0x8f, 0, false},
	{"call", ENC_LEGACY, MAP_0, PFX_NONE, 0xff, 2, false},
	{"callf", ENC_LEGACY, MAP_0, PFX_NONE, 0xff, 3, false},
	{"jmp", ENC_LEGACY, MAP_0, PFX_NONE, 0xff, 4, false},
	{"jmpf", ENC_LEGACY, MAP_0, PFX_NONE, 0xff, 5, false},
	{"push", ENC_LEGACY, MAP_0, PFX_NONE, 0xff, 6, false},
	{"inc", ENC_LEGACY, MAP_0, PFX_NONE, 0xff, 0, true},
	{"dec", ENC_LEGACY, MAP_0, PFX_NONE, 0xfe, 1, true},
	{"xbegin", ENC_LEGACY, MAP_0, PFX_NONE, 0xc7, 7, false},
	{"jcc", ENC_LEGACY, MAP_0, PFX_NONE, 0x74, 0, false},
	{"ret", ENC_LEGACY, MAP_0, PFX_NONE, 0xc3, 0, false},
	{"int", ENC_LEGACY, MAP_0, PFX_NONE, 0xcd, 0, false},
	{"in", ENC_LEGACY, MAP_0, PFX_NONE, 0xec, 0, false},
	{"cli", ENC_LEGACY, MAP_0, PFX_NONE, 0xfa, 0, false},
	{"std", ENC_LEGACY, MAP_0, PFX_NONE, 0xfd, 0, false},
	{"hlt", ENC_LEGACY, MAP_0, PFX_NONE, 0xf4, 0, false},
	{"les", ENC_LEGACY, MAP_0, PFX_NONE, 0xc4, 0, false},
	{"x87", ENC_LEGACY, MAP_0, PFX_NONE, 0xd9, 0, true},
	{"sldt", ENC_LEGACY, MAP_0F, PFX_NONE, 0x00, 0, false},
	{"lgdt", ENC_LEGACY, MAP_0F, PFX_NONE, 0x01, 2, false},
	{"lar", ENC_LEGACY, MAP_0F, PFX_NONE, 0x02, 0, false},
	{"syscall", ENC_LEGACY, MAP_0F, PFX_NONE, 0x05, 0, false},
	{"mov cr", ENC_LEGACY, MAP_0F, PFX_NONE, 0x22, 0, false},
	{"wrmsr", ENC_LEGACY, MAP_0F, PFX_NONE, 0x30, 0, false},
	{"vmread", ENC_LEGACY, MAP_0F, PFX_NONE, 0x78, 0, false},
	{"jcc near", ENC_LEGACY, MAP_0F, PFX_NONE, 0x84, 0, false},
	{"lss", ENC_LEGACY, MAP_0F, PFX_NONE, 0xb2, 0, false},
	{"fxsave", ENC_LEGACY, MAP_0F, PFX_NONE, 0xae, 0, true},
	{"clflush", ENC_LEGACY, MAP_0F, PFX_NONE, 0xae, 7, false},
	{"clwb", ENC_LEGACY, MAP_0F, PFX_66, 0xae, 6, false},
	{"clrssbsy", ENC_LEGACY, MAP_0F, PFX_F3, 0xae, 6, false},
	{"xsavec", ENC_LEGACY, MAP_0F, PFX_NONE, 0xc7, 4, true},
	{"xsaves", ENC_LEGACY, MAP_0F, PFX_NONE, 0xc7, 5, false},
	{"xrstors", ENC_LEGACY, MAP_0F, PFX_NONE, 0xc7, 3, false},
	{"ldmxcsr", ENC_LEGACY, MAP_0F, PFX_NONE, 0xae, 2, true},
	{"wrgsbase", ENC_LEGACY, MAP_0F, PFX_F3, 0xae, 3, false},
	{"xrstor", ENC_LEGACY, MAP_0F, PFX_NONE, 0xae, 5, true},
	{"cmpxchg16b", ENC_LEGACY, MAP_0F, PFX_NONE, 0xc7, 1, true},
	{"vmptrld", ENC_LEGACY, MAP_0F, PFX_NONE, 0xc7, 6, false},
	{"maskmovq on memory", ENC_LEGACY, MAP_0F, PFX_NONE, 0xf7, 0, false},
	{"invpcid", ENC_LEGACY, MAP_0F38, PFX_66, 0x82, 0, false},
	{"wruss", ENC_LEGACY, MAP_0F38, PFX_66, 0xf5, 0, false},
	{"wrss", ENC_LEGACY, MAP_0F38, PFX_NONE, 0xf6, 0, false},
	{"adcx", ENC_LEGACY, MAP_0F38, PFX_66, 0xf6, 0, true},
	{"movdir64b", ENC_LEGACY, MAP_0F38, PFX_66, 0xf8, 0, false},
	{"vpgatherdd", ENC_VEX, MAP_0F38, PFX_66, 0x90, 0, false},
	{"vmaskmovps", ENC_VEX, MAP_0F38, PFX_66, 0x2c, 0, true},
	{"VEX in the one-byte map", ENC_VEX, MAP_0, PFX_NONE, 0x01, 0, false},
};

static void denied_opcodes(void)
{
	for (unsigned i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		struct insn_fields f = {
			.encoding = denied[i].encoding,
			.map = denied[i].map,
			.prefix = denied[i].prefix,
			.opcode = denied[i].opcode,
			.has_modrm = true,
			.modrm = (uint8_t)(denied[i].digit << 3),
		};

		check_row = denied[i].name;
		CHECK_EQ(allow_on_host(&f), denied[i].allowed);
	}
}

/* What the decoder takes for a row, in whichever mode, can be rewritten and is then the same. */
static void every_row_in_every_mode(void)
{
	struct decoder *d = decoder_new();
	unsigned rewritten[3] = {0};

	for (unsigned i = 0; i < table_rows() * 3 * 8 * 2; i++) {
		unsigned row = i / 48, reg = i / 6 % 8, mode = i / 2 % 3;
		const struct table_row *r = table_row(row);
		struct insn insn, again;
		struct stub_code code;
		struct spelling sp = {.opcode = r->opcode, .reg = reg, .opsize = i % 2, .l = r->l == L_256};
		uint8_t bytes[32];
		unsigned n;

		sp.w = r->encoding == ENC_VEX && r->w == W_1;
		n = spell(r, &sp, 0, 0x1122334455667788, bytes);
		if (decode(d, bytes, n < INSN_MAX ? n : INSN_MAX, (enum cpu_mode)mode, &insn) != DECODE_OK ||
		    insn.row != row || insn.exec != EXEC_STUB)
			continue;
		check_row = insn.text;
		CHECK(stub_encode(&insn, &code));
		CHECK_EQ(decode(d, code.bytes, code.length, MODE_64, &again), DECODE_OK);
		CHECK_AT(same_on_slot(d, &insn, &again, code.rsp_became), "mode %u, row %u: rewritten as %s", mode, row,
			 again.text);
		rewritten[mode]++;
	}
	check_row = "";
	CHECK(rewritten[MODE_16] > 1000 && rewritten[MODE_32] > 1000 && rewritten[MODE_64] > 1000);
	decoder_free(d);
}

/* Forms that the table may come to hold, from their fields alone: EVEX, x87. */
static void rewritten_fields(void)
{
	static const struct {
		const char *name, *in, *out;
		uint8_t flags;
		int rsp_became;
	} cases[] = {
		{"vmovups zmm0", "62 f1 7c 48 10 03", "62 f1 7c 48 10 05 00 00 00 00", INSN_VECTOR, REG_NONE},
		{"scaled disp8 goes", "62 f1 7c 48 10 43 01", "62 f1 7c 48 10 05 00 00 00 00", INSN_VECTOR, REG_NONE},
		{"EVEX.X and B go", "62 91 7c 48 10 04 13", "62 f1 7c 48 10 05 00 00 00 00", INSN_VECTOR, REG_NONE},
		{"zmm20 and its mask stay", "62 e1 7c c9 10 23", "62 e1 7c c9 10 25 00 00 00 00", INSN_VECTOR,
		 REG_NONE},
		{"vvvv is a vector", "62 f1 5c 48 58 03", "62 f1 5c 48 58 05 00 00 00 00", INSN_VECTOR, REG_NONE},
		{"vcvttsd2si rsp", "62 f1 ff 08 2c 23", "62 f1 ff 08 2c 2d 00 00 00 00", INSN_VECTOR, GPR_RBP},
		{"fld dword", "d9 03", "d9 05 00 00 00 00", INSN_VECTOR, REG_NONE},
		{"fldenv /4 is no rsp", "d9 23", "d9 25 00 00 00 00", INSN_VECTOR, REG_NONE},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct insn insn = {.mode = MODE_64, .exec = EXEC_STUB, .flags = cases[i].flags};
		uint8_t expected[INSN_MAX] = {0};
		unsigned n = from_hex(cases[i].out, expected);
		struct stub_code code = {.length = 0};

		check_row = cases[i].name;
		insn.length = (uint8_t)from_hex(cases[i].in, insn.bytes);
		insn.mem = (struct insn_mem){.present = true, .use = MEM_READ, .size = 8};
		CHECK_EQ(fields_read(insn.bytes, insn.length, MODE_64, &insn.fields), FIELDS_OK);
		CHECK(stub_encode(&insn, &code));
		CHECK_EQ(code.length, n);
		CHECK(!memcmp(code.bytes, expected, n));
		CHECK_EQ(code.rsp_became, cases[i].rsp_became);
	}
}

CHECK_MAIN(CHECK_TEST(rewritten_bytes), CHECK_TEST(rewritten_fields), CHECK_TEST(refused_by_execution),
	   CHECK_TEST(denied_opcodes), CHECK_TEST(every_row_in_every_mode))
