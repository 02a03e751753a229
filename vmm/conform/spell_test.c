/* Each row of the closed table is spelled, but those that 64-bit code has not: what is not, no suite would meet. */
#include "vmm/conform/spell.h"

#include "decoder/decode.h"
#include "tests/check.h"

static bool is_spelled(struct decoder *d, unsigned row)
{
	const struct table_row *r = table_row(row);

	for (unsigned v = 0; v < spell_variants(r); v++) {
		for (unsigned turn = 0; turn < 4 * SPELL_FORMS; turn++) {
			struct spelling sp = spell_variant(r, v, turn);
			uint8_t bytes[SPELL_MAX];
			struct insn insn;
			unsigned n;

			sp.form = (uint8_t)(turn % SPELL_FORMS);
			n = spell(r, &sp, 0, bytes);
			if (decode(d, bytes, n < INSN_MAX ? n : INSN_MAX, MODE_64, &insn) == DECODE_OK &&
			    insn.row == row)
				return true;
		}
	}
	return false;
}

static void every_row_is_spelled(void)
{
	struct decoder *d = decoder_new();

	for (unsigned row = 0; row < table_rows(); row++) {
		check_row = table_row(row)->name;
		CHECK_EQ(is_spelled(d, row), table_row(row)->modes != MODES_NOT_64);
	}
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(every_row_is_spelled))
