/*
 * Who reads an instruction otherwise is counted, once per decoding, and does not
 * decide alone: known faults of Capstone 4.0.2 and Zydis 4.0.0.
 */
#include "decoder/decode.h"
#include "tests/check.h"

static const struct {
	const char *name, *hex;
	bool capstone, zydis; /* differs */
} rows[] = {
	{"mov", "488b03", false, false},
	{"prefixes in an order that Capstone forgets are put right", "66f3ab", false, false},
	{"a REX that another prefix follows is dead", "664f460f10144b", false, false},
	{"REX.R with a segment register", "448c03", true, false},
	{"kmovq", "c4e1f89003", true, false},
	{"gf2p8mulb", "660f38cf03", true, false},
	{"movdir64b", "660f38f803", true, false},
	{"a displacement that Capstone scales wrongly", "62f17e48584301", true, false},
	{"67, REX.B and SIB base 101b: put right",
	 "6749"
	 "8b0425"
	 "00010000",
	 false, false},
};

static unsigned bytes_of(const char *hex, uint8_t bytes[INSN_MAX])
{
	unsigned n = 0;

	for (; *hex; hex += 2)
		sscanf(hex, "%2hhx", &bytes[n++]);
	return n;
}

static void who_differs_is_counted(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decoder *d = decoder_new();
		uint8_t bytes[INSN_MAX] = {0};
		unsigned n = bytes_of(rows[i].hex, bytes);
		const struct insn *insn = NULL;
		struct decoder_stats stats;

		check_row = rows[i].name;
		CHECK(d);
		/* three times the same: decoded once, then cached */
		for (unsigned round = 0; d && round < 3; round++)
			CHECK_EQ(decode_cached(d, bytes, n, MODE_64, &insn), DECODE_OK);
		if (!insn)
			continue;
		CHECK_EQ(insn->length, n);
		decoder_read_stats(d, &stats);
		CHECK_EQ(stats.instructions, 1);
		CHECK_EQ(stats.differed[OTHER_CAPSTONE], rows[i].capstone);
		CHECK_EQ(stats.differed[OTHER_ZYDIS], rows[i].zydis);
		CHECK_EQ(stats.refused, 0);
		CHECK_EQ(decoder_differed(d, OTHER_CAPSTONE, insn->row), rows[i].capstone);
		CHECK_EQ(decoder_differed(d, OTHER_ZYDIS, insn->row), rows[i].zydis);
		CHECK_EQ(decoder_differed(d, OTHER_CAPSTONE, insn->row + 1u), 0);
		CHECK_EQ(decoder_differed(d, OTHER_CAPSTONE, UINT16_MAX), 0);
		decoder_free(d);
	}
}

/* What the table refuses is not shown to them. */
static void what_is_refused_is_not_looked_at(void)
{
	static const uint8_t cpuid[] = {0x0f, 0xa2}, invalid[] = {0xf0, 0x8b, 0x03};
	struct decoder *d = decoder_new();
	struct decoder_stats stats;
	struct insn insn;

	CHECK_EQ(decode(d, cpuid, sizeof(cpuid), MODE_64, &insn), DECODE_UNKNOWN);
	CHECK_EQ(decode(d, invalid, sizeof(invalid), MODE_64, &insn), DECODE_INVALID);
	decoder_read_stats(d, &stats);
	CHECK_EQ(stats.instructions, 0);
	decoder_free(d);
}

/* Capstone forgets 66, F2 and F3 before a dead REX: what it is shown has none. */
static void names_behind_a_dead_rex(void)
{
	static const struct {
		const char *hex, *text;
	} named[] = {
		{"664f460f10144b", "movupd xmm10,[rbx+r9*2]"},
		{"f340410f5dbb11000000", "minss xmm7,[r11+0x11]"},
		{"f248450f38f003", "crc32 r8d,[r11]"},
		{"f34f410fbc7500", "tzcnt esi,[r13]"},
	};
	struct decoder *d = decoder_new();

	for (unsigned i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		uint8_t bytes[INSN_MAX] = {0};
		unsigned n = bytes_of(named[i].hex, bytes);
		struct insn insn = {.length = 0};

		check_row = named[i].hex;
		CHECK_EQ(decode(d, bytes, n, MODE_64, &insn), DECODE_OK);
		CHECK_EQ(insn.length, n);
		CHECK_STR(insn.text, named[i].text);
	}
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(names_behind_a_dead_rex), CHECK_TEST(who_differs_is_counted),
	   CHECK_TEST(what_is_refused_is_not_looked_at))
