/*
 * The last lock before bytes from a guest run on the host: each wrong rewrite is
 * refused, each alone, and where our own reading could be fooled by another decoder's.
 */
#include "vmm/execute/same.h"

#include "tests/check.h"

#include <stdlib.h>

static bool decode_hex(struct decoder *d, const char *hex, enum cpu_mode mode, struct insn *out)
{
	uint8_t bytes[INSN_MAX];
	unsigned n = 0;
	char *end;

	for (unsigned long byte; n < INSN_MAX && (byte = strtoul(hex, &end, 16), end != hex); hex = end)
		bytes[n++] = (uint8_t)byte;
	return decode(d, bytes, n, mode, out) == DECODE_OK && out->length == n;
}

static const struct pair {
	const char *name;
	enum cpu_mode mode;
	const char *in, *again;
	int stand_in;
	bool same;
} pairs[] = {
	{"the same", MODE_64, "48 03 03", "48 03 05 00 00 00 00", REG_NONE, true},
	{"another operation", MODE_64, "48 03 03", "48 2b 05 00 00 00 00", REG_NONE, false},
	{"another register", MODE_64, "48 03 03", "48 03 0d 00 00 00 00", REG_NONE, false},
	{"another size", MODE_64, "48 03 03", "03 05 00 00 00 00", REG_NONE, false},
	{"66 came", MODE_64, "03 03", "66 03 05 00 00 00 00", REG_NONE, false},
	{"another direction", MODE_64, "48 03 03", "48 01 05 00 00 00 00", REG_NONE, false},
	{"not on the slot", MODE_64, "48 03 03", "48 03 03", REG_NONE, false},
	{"an absolute address", MODE_64, "48 03 03", "48 03 04 25 00 00 00 00", REG_NONE, false},
	{"with a segment", MODE_64, "48 03 03", "65 48 03 05 00 00 00 00", REG_NONE, false},
	{"with lock", MODE_64, "48 01 03", "f0 48 01 05 00 00 00 00", REG_NONE, false},
	{"with 67", MODE_64, "48 03 03", "67 48 03 05 00 00 00 00", REG_NONE, false},
	{"another immediate", MODE_64, "83 03 01", "83 05 00 00 00 00 02", REG_NONE, false},
	{"a wider immediate", MODE_64, "83 03 01", "81 05 00 00 00 00 01 00 00 00", REG_NONE, false},
	{"another digit", MODE_64, "83 03 01", "83 0d 00 00 00 00 01", REG_NONE, false},
	{"names rsp", MODE_64, "48 03 23", "48 03 25 00 00 00 00", REG_NONE, false},
	{"rbp stands for rsp", MODE_64, "48 03 23", "48 03 2d 00 00 00 00", GPR_RBP, true},
	{"rsi does, but it was said to be rbp", MODE_64, "48 03 23", "48 03 35 00 00 00 00", GPR_RBP, false},
	{"another stands in where none is needed", MODE_64, "48 03 1b", "48 03 2d 00 00 00 00", GPR_RBP, false},
	{"bpl for spl", MODE_64, "40 88 23", "40 88 2d 00 00 00 00", GPR_RBP, true},
	{"ch for spl", MODE_64, "40 88 23", "88 2d 00 00 00 00", GPR_RBP, false},
	{"sil is not dh", MODE_64, "40 88 33", "88 35 00 00 00 00", REG_NONE, false},
	{"ah is not spl", MODE_64, "88 23", "40 88 25 00 00 00 00", REG_NONE, false},
	{"ah stays", MODE_64, "88 23", "88 25 00 00 00 00", REG_NONE, true},
	{"another vector length", MODE_64, "c5 fc 10 03", "c5 f8 10 05 00 00 00 00", REG_NONE, false},
	{"another vvvv", MODE_64, "c5 f0 58 03", "c5 e8 58 05 00 00 00 00", REG_NONE, false},
	{"another row of the same size", MODE_64, "0f 10 03", "0f 28 05 00 00 00 00", REG_NONE, false},
	{"packed for scalar", MODE_64, "f3 0f 58 03", "0f 58 05 00 00 00 00", REG_NONE, false},
	{"double for single", MODE_64, "f3 0f 58 03", "f2 0f 58 05 00 00 00 00", REG_NONE, false},
	{"MMX for SSE", MODE_64, "66 0f fe 03", "0f fe 05 00 00 00 00", REG_NONE, false},
	{"tzcnt is not bsf", MODE_64, "f3 0f bc 03", "0f bc 05 00 00 00 00", REG_NONE, false},
	{"legacy for VEX", MODE_64, "c5 f8 58 03", "0f 58 05 00 00 00 00", REG_NONE, false},
	{"fused multiply: W", MODE_64, "c4 e2 f1 98 03", "c4 e2 71 98 05 00 00 00 00", REG_NONE, false},
	{"EVEX: the same", MODE_64, "62 f1 74 49 58 03", "62 f1 74 49 58 05 00 00 00 00", REG_NONE, true},
	{"EVEX: another mask", MODE_64, "62 f1 74 49 58 03", "62 f1 74 4a 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: no mask", MODE_64, "62 f1 74 49 58 03", "62 f1 74 48 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: zeroing", MODE_64, "62 f1 74 49 58 03", "62 f1 74 c9 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: broadcast", MODE_64, "62 f1 74 49 58 03", "62 f1 74 59 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: half as long", MODE_64, "62 f1 74 49 58 03", "62 f1 74 29 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: register 16 higher", MODE_64, "62 f1 74 49 58 03", "62 e1 74 49 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: vvvv 16 higher", MODE_64, "62 f1 74 49 58 03", "62 f1 74 41 58 05 00 00 00 00", REG_NONE, false},
	{"EVEX: W", MODE_64, "62 f1 f5 48 58 03", "62 f1 74 48 58 05 00 00 00 00", REG_NONE, false},
	{"moffs", MODE_64, "48 a1 11 22 33 44 55 66 77 88", "48 8b 05 00 00 00 00", REG_NONE, true},
	{"moffs: a store", MODE_64, "48 a1 11 22 33 44 55 66 77 88", "48 89 05 00 00 00 00", REG_NONE, false},
	{"moffs: not rax", MODE_64, "48 a1 11 22 33 44 55 66 77 88", "48 8b 0d 00 00 00 00", REG_NONE, false},
	{"moffs: an add", MODE_64, "48 a1 11 22 33 44 55 66 77 88", "48 03 05 00 00 00 00", REG_NONE, false},
	{"a dead REX", MODE_64, "66 4f 46 0f 10 14 4b", "66 44 0f 10 15 00 00 00 00", REG_NONE, true},
	{"a dead REX is no excuse", MODE_64, "66 4f 46 0f 10 14 4b", "44 0f 10 15 00 00 00 00", REG_NONE, false},
	{"16-bit code: 66 comes", MODE_16, "03 07", "66 03 05 00 00 00 00", REG_NONE, true},
	{"16-bit code: 66 is missing", MODE_16, "03 07", "03 05 00 00 00 00", REG_NONE, false},
	{"32-bit code: bit 7 of is4", MODE_32, "c4 e3 71 4a 03 90", "c4 e3 71 4a 05 00 00 00 00 10", REG_NONE, true},
	{"32-bit code: bit 7 of is4 stays", MODE_32, "c4 e3 71 4a 03 90", "c4 e3 71 4a 05 00 00 00 00 90", REG_NONE,
	 false},
	{"maskmovdqu", MODE_64, "66 0f f7 ca", "66 0f f7 ca", REG_NONE, true},
	{"maskmovdqu: another mask", MODE_64, "66 0f f7 ca", "66 0f f7 cb", REG_NONE, false},
	{"maskmovdqu: MMX", MODE_64, "66 0f f7 ca", "0f f7 ca", REG_NONE, false},
	{"maskmovdqu: FS", MODE_64, "66 0f f7 ca", "64 66 0f f7 ca", REG_NONE, false},
	{"fld: single for double", MODE_64, "dd 03", "d9 05 00 00 00 00", REG_NONE, false},
	{"fxsave64", MODE_64, "48 0f ae 03", "0f ae 05 00 00 00 00", REG_NONE, false},
};

static void wrong_rewrites_are_refused(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *p = &pairs[i];
		struct insn insn, again;

		check_row = p->name;
		CHECK(decode_hex(d, p->in, p->mode, &insn));
		CHECK(decode_hex(d, p->again, MODE_64, &again));
		CHECK_EQ(same_on_slot(d, &insn, &again, p->stand_in), p->same);
	}
	decoder_free(d);
}

/* The other decoder's word counts by itself: records that were made to look alike do not help. */
static void the_other_decoder_is_asked(void)
{
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *p = &pairs[i];
		bool on_slot = !strstr(p->name, "slot") && !strstr(p->name, "with ") && !strstr(p->name, "address");
		struct insn insn, again;

		check_row = p->name;
		if (p->same || !on_slot || strstr(p->name, "FS"))
			continue; /* where the operand lies is no question to it */
		CHECK(decode_hex(d, p->in, p->mode, &insn));
		CHECK(decode_hex(d, p->again, MODE_64, &again));
		CHECK_EQ(decode_compare(d, &insn, &again, p->stand_in), LIKE_OTHER);
	}
	decoder_free(d);
}

/* So does ours: of two that the other decoder takes for the same, those not on the slot do not pass. */
static void our_own_record_is_compared(void)
{
	static const struct {
		const char *name, *again;
	} rows[] = {
		{"the operand elsewhere", "48 03 03"},
		{"by an absolute address", "48 03 04 25 00 00 00 00"},
		{"with a segment", "65 48 03 05 00 00 00 00"},
	};
	struct decoder *d = decoder_new();
	struct insn insn, again;

	CHECK(decode_hex(d, "48 03 03", MODE_64, &insn));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		CHECK(decode_hex(d, rows[i].again, MODE_64, &again));
		CHECK_EQ(decode_compare(d, &insn, &again, REG_NONE), LIKE_SAME);
		CHECK(!same_on_slot(d, &insn, &again, REG_NONE));
	}
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(wrong_rewrites_are_refused), CHECK_TEST(the_other_decoder_is_asked),
	   CHECK_TEST(our_own_record_is_compared))
