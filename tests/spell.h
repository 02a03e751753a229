/*
 * spell.h: for tests, the bytes of an encoding of a row of the closed table.
 */
#ifndef TESTS_SPELL_H
#define TESTS_SPELL_H

#include "decoder/table.h"

#include <string.h>

#define SPELL_ADDRESSES 5

/* [rbx], [rbx+64], [r11+0x100], [rbx+r9*2], [r11-64] with SIB: how the operand is spelled. */
static inline unsigned spell_address(uint8_t *at, unsigned form, unsigned reg, uint8_t *rex_xb)
{
	static const struct {
		uint8_t modrm, rest[5], n, rex_xb;
	} forms[SPELL_ADDRESSES] = {
		{0x03, {0}, 0, 0},    {0x43, {0x40}, 1, 0},       {0x83, {0x00, 0x01, 0x00, 0x00}, 4, 1},
		{0x04, {0x4b}, 1, 2}, {0x44, {0x23, 0xc0}, 2, 1},
	};

	at[0] = (uint8_t)(forms[form].modrm | (reg & 7) << 3);
	memcpy(at + 1, forms[form].rest, forms[form].n);
	*rex_xb = forms[form].rex_xb;
	return 1u + forms[form].n;
}

/* The fields that an encoding of a row may vary. */
struct spelling {
	unsigned opcode, reg, vvvv, address;
	bool opsize, lock, rex, w, r, l;
	/* EVEX alone; vvvv is 0..31 there */
	unsigned length, mask; /* L'L, aaa */
	bool r2, zeroing, broadcast;
};

static inline unsigned spell_escape(uint8_t *at, enum opcode_map map)
{
	switch (map) {
	case MAP_0:
	case MAP_5: /* EVEX alone */
	case MAP_6:
		return 0;
	case MAP_0F:
		at[0] = 0x0f;
		return 1;
	case MAP_0F38:
	case MAP_0F3A:
		at[0] = 0x0f;
		at[1] = map == MAP_0F38 ? 0x38 : 0x3a;
		return 2;
	}
	return 0;
}

static inline unsigned spell_legacy(const struct table_row *row, const struct spelling *sp, uint8_t rex_xb, uint8_t *at)
{
	unsigned n = 0;
	uint8_t rex = (uint8_t)(0x40 | sp->w << 3 | sp->r << 2 | rex_xb);

	if (sp->lock)
		at[n++] = 0xf0;
	if (sp->opsize || row->prefix == PFX_66)
		at[n++] = 0x66;
	if (row->prefix == PFX_F3 || row->prefix == PFX_F2)
		at[n++] = row->prefix == PFX_F3 ? 0xf3 : 0xf2;
	if (sp->rex || rex != 0x40)
		at[n++] = rex;
	return n + spell_escape(at + n, row->map);
}

static inline unsigned spell_vex(const struct table_row *row, const struct spelling *sp, uint8_t rex_xb, uint8_t *at)
{
	unsigned rxb = (unsigned)(sp->r << 2) | rex_xb;

	at[0] = 0xc4;
	at[1] = (uint8_t)((~rxb & 7) << 5 | row->map);
	at[2] = (uint8_t)(sp->w << 7 | (~sp->vvvv & 15) << 3 | sp->l << 2 | row->prefix);
	if (row->prefix == PFX_F3 || row->prefix == PFX_F2)
		at[2] = (uint8_t)((at[2] & ~3u) | (row->prefix == PFX_F3 ? 2 : 3));
	return 3;
}

static inline unsigned spell_evex(const struct table_row *row, const struct spelling *sp, uint8_t rex_xb, uint8_t *at)
{
	unsigned rxb = (unsigned)(sp->r << 2) | rex_xb;

	at[0] = 0x62;
	at[1] = (uint8_t)((~rxb & 7) << 5 | !sp->r2 << 4 | row->map);
	at[2] = (uint8_t)(sp->w << 7 | (~sp->vvvv & 15) << 3 | 4 | (row->prefix & 3)); /* in the order of the enum */
	at[3] = (uint8_t)(sp->zeroing << 7 | sp->length << 5 | sp->broadcast << 4 | !(sp->vvvv & 16) << 3 | sp->mask);
	return 4;
}

static inline unsigned spell_prefixes(const struct table_row *row, const struct spelling *sp, uint8_t rex_xb,
				      uint8_t *at)
{
	switch (row->encoding) {
	case ENC_LEGACY:
		return spell_legacy(row, sp, rex_xb, at);
	case ENC_VEX:
		return spell_vex(row, sp, rex_xb, at);
	case ENC_EVEX:
		return spell_evex(row, sp, rex_xb, at);
	}
	return 0;
}

/*
 * The bytes of a row, eight more for an immediate behind; A0..A3 name
 * absolute instead. Returns how many; for the decoder to find which count.
 */
static inline unsigned spell(const struct table_row *row, const struct spelling *sp, uint64_t absolute, uint64_t imm,
			     uint8_t bytes[32])
{
	uint8_t address[8], rex_xb;
	unsigned m = spell_address(address, sp->address, row->digit >= 0 ? (unsigned)row->digit : sp->reg, &rex_xb);
	bool moffs = row->encoding == ENC_LEGACY && row->map == MAP_0 && (row->opcode & 0xfc) == 0xa0;
	unsigned n;

	if (moffs)
		rex_xb = 0;
	n = spell_prefixes(row, sp, rex_xb, bytes);
	bytes[n++] = (uint8_t)sp->opcode;
	if (moffs) {
		memcpy(bytes + n, &absolute, 8);
		return n + 8;
	}
	memcpy(bytes + n, address, m);
	memcpy(bytes + n + m, &imm, 8);
	return n + m + 8;
}

#endif
