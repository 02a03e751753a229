/*
 * capstone.h: what Capstone says about an instruction.
 *
 * The only file pair that knows Capstone. It is asked for the text, the length
 * and the address expression; never for sizes or directions, which it has wrong
 * in places (table.h has those). Nothing is allocated per instruction.
 */
#ifndef DECODER_CAPSTONE_H
#define DECODER_CAPSTONE_H

#include "decoder/insn.h"

#include <stddef.h>

struct capstone;

struct capstone_view {
	uint8_t length;
	bool has_mem;
	int8_t base, index; /* as in struct insn_mem */
	uint8_t scale;
	int64_t disp;
	int8_t seg; /* enum segment that it shows explicitly, or -1 */
	char text[INSN_TEXT];
};

/* NULL when out of memory or when Capstone refuses to start. */
struct capstone *capstone_new(void);
void capstone_free(struct capstone *c);

/* False if Capstone cannot read the bytes; *out is then untouched. */
bool capstone_view(struct capstone *c, const uint8_t *bytes, size_t n, enum cpu_mode mode, struct capstone_view *out);

#endif
