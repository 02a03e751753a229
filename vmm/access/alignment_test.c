/* What #AC is checked against. Intel SDM Vol 3, "Alignment Requirements by Data Type". */
#include "vmm/access/alignment.h"

#include "decoder/decode.h"
#include "tests/check.h"

static void by_data_type(void)
{
	static const struct {
		const char *name;
		uint8_t size, bytes[4];
		unsigned narrow, wide;
	} rows[] = {
		{"byte", 2, {0x8a, 0x03}, 1, 1},
		{"word", 3, {0x66, 0x8b, 0x03}, 2, 2},
		{"doubleword", 2, {0x8b, 0x03}, 4, 4},
		{"quadword", 3, {0x48, 0x8b, 0x03}, 8, 8},
		{"32-bit far pointer", 3, {0x66, 0xff, 0x2b}, 2, 2},
		{"48-bit far pointer", 2, {0xff, 0x2b}, 4, 4},
		{"48-bit far pointer, lfs", 3, {0x0f, 0xb4, 0x03}, 4, 4},
		{"ten bytes", 2, {0xdb, 0x2b}, 8, 8},
		{"environment", 2, {0xd9, 0x33}, 4, 4},
		{"environment, 16 bits", 3, {0x66, 0xd9, 0x33}, 2, 2},
		{"sixteen bytes", 3, {0x0f, 0x10, 0x03}, 1, 16},
	};
	struct decoder *decoder = decoder_new();

	CHECK(decoder != NULL);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct memref refs[MEMREF_MAX];
		struct regs regs = {.mode = MODE_64, .stack_size = 8};
		struct insn insn;

		check_row = rows[i].name;
		CHECK_EQ(decode(decoder, rows[i].bytes, rows[i].size, MODE_64, &insn), DECODE_OK);
		CHECK(memrefs_of(&insn, &regs, NULL, refs) > 0);
		CHECK_EQ(alignment_checked(&insn, &refs[0], false), rows[i].narrow);
		CHECK_EQ(alignment_checked(&insn, &refs[0], true), rows[i].wide);
	}
	decoder_free(decoder);
}

CHECK_MAIN(CHECK_TEST(by_data_type))
