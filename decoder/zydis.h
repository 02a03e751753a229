/*
 * zydis.h: what Zydis says about an instruction: a second decoder, beside Capstone.
 *
 * The only file pair that knows Zydis. It is asked, like Capstone, for length and
 * address expression; nothing is allocated per instruction.
 */
#ifndef DECODER_ZYDIS_H
#define DECODER_ZYDIS_H

#include "decoder/decode.h"

#include <stddef.h>

struct zydis;

struct zydis_view {
	uint8_t length;
	bool has_mem; /* ModRM or an absolute address names memory */
	int8_t base, index; /* as in struct insn_mem; index of VSIB 0..31 */
	uint8_t scale;
	int64_t disp; /* multiplied, if compressed */
	uint8_t addr_size;
	uint16_t size; /* bytes; 0 where it does not say: areas */
	enum segment seg; /* effective; SEG_DS for addresses that are only computed */
	bool computed; /* only an address: lea */
};

/* NULL when out of memory or when Zydis refuses to start. */
struct zydis *zydis_new(void);
void zydis_free(struct zydis *z);

/* False if Zydis cannot read the bytes; *out is then untouched. */
bool zydis_view(const struct zydis *z, const uint8_t *bytes, size_t n, enum cpu_mode mode, struct zydis_view *out);

/* What it calls the instruction, in Intel syntax. Returns its length; 0 if it cannot read it: text is then untouched.
 */
size_t zydis_text(const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT]);

/* As decode_compare(). */
enum likeness zydis_compare(const struct zydis *z, const struct insn *insn, const struct insn *again, int stand_in);

#endif
