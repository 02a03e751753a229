/*
 * spell.h: the bytes of encodings of a row of the closed table.
 *
 * It knows the layout of the encodings and nothing of instructions: what a row
 * does not allow is spelled, too, and it is decode() that refuses it.
 */
#ifndef VMM_CONFORM_SPELL_H
#define VMM_CONFORM_SPELL_H

#include "decoder/table.h"

#define SPELL_FORMS 15 /* ways to write an address */
#define SPELL_MAX 40 /* bytes that spell() may write */

struct spelling {
	uint8_t opcode;
	uint8_t form; /* 0..SPELL_FORMS-1 */
	uint8_t reg; /* 0..31; a row's digit goes before it */
	uint8_t vvvv; /* 0..31 */
	uint8_t length; /* VEX, EVEX: 0..2 for 16, 32, 64 bytes */
	uint8_t mask; /* EVEX.aaa */
	bool opsize, lock, w, zeroing, broadcast;
	bool rep, repne;
	bool two_byte; /* VEX: the short form, where there is one */
};

/* How many ways there are to fill all but form, reg, vvvv and opcode for this row. */
unsigned spell_variants(const struct table_row *row);

/* The variant of that number; reg and vvvv follow from turn. */
struct spelling spell_variant(const struct table_row *row, unsigned variant, unsigned turn);

/* Write it, with imm behind it for an immediate. Returns how many bytes; the decoder finds which of them count. */
unsigned spell(const struct table_row *row, const struct spelling *sp, uint64_t imm, uint8_t bytes[SPELL_MAX]);

#endif
