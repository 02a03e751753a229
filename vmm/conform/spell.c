/*
 * spell.c: Intel SDM Vol 2, "Instruction Format", "VEX Prefix", "EVEX Encoding".
 */
#include "vmm/conform/spell.h"

#include <string.h>

/* prefix: a segment's, or 0; xb: REX.X in bit 1, REX.B in bit 0. A displacement of 4 bytes is aimed later. */
static const struct form {
	uint8_t segment, adsize, modrm, has_sib, sib, disp_size, disp, xb;
} forms[SPELL_FORMS] = {
	{0, 0, 0x03, 0, 0, 0, 0, 0}, /* [rbx] */
	{0, 0, 0x43, 0, 0, 1, 0x40, 0}, /* [rbx+disp8] */
	{0, 0, 0x83, 0, 0, 4, 0x11, 1}, /* [r11+disp32] */
	{0, 0, 0x04, 1, 0x4b, 0, 0, 2}, /* [rbx+r9*2] */
	{0, 0, 0x44, 1, 0xe3, 1, 0x88, 3}, /* [r11+r12*8+disp8] */
	{0, 0, 0x04, 1, 0x8d, 4, 0, 0}, /* [rcx*4+disp32] */
	{0, 0, 0x05, 0, 0, 4, 0, 0}, /* [rip+disp32] */
	{0, 0, 0x04, 1, 0x25, 4, 0, 0}, /* [disp32] */
	{0x64, 0, 0x43, 0, 0, 1, 0x10, 0}, /* fs:[rbx+disp8] */
	{0x65, 0, 0x04, 1, 0x93, 0, 0, 0}, /* gs:[rbx+rdx*4] */
	{0, 0x67, 0x86, 0, 0, 4, 0x22, 0}, /* [esi+disp32] */
	{0, 0, 0x45, 0, 0, 1, 0x00, 1}, /* [r13+0] */
	{0, 0, 0x44, 1, 0x24, 1, 0x18, 0}, /* [rsp+disp8] */
	{0x65, 0x67, 0x04, 1, 0x77, 0, 0, 1}, /* gs:[r15d+esi*2] */
	{0, 0, 0x84, 1, 0x36, 4, 0x33, 3}, /* [r14+r14+disp32] */
};

static bool is_any(const struct table_row *row)
{
	return row->prefix == PFX_ANY;
}

unsigned spell_variants(const struct table_row *row)
{
	switch (row->encoding) {
	case ENC_LEGACY:
		return is_any(row) ? 24 : 8; /* 66, W, F0; none, F3, F2 */
	case ENC_VEX:
		return 5; /* W, L; the short form */
	case ENC_EVEX:
		return 36; /* W, b; L'L; no mask, merging, zeroing */
	}
	return 0;
}

struct spelling spell_variant(const struct table_row *row, unsigned variant, unsigned turn)
{
	struct spelling sp = {
		.opcode = row->opcode, .reg = (uint8_t)(turn * 5 + turn / 7), .vvvv = (uint8_t)(turn * 3)};

	sp.w = variant & 1;
	sp.reg %= row->encoding == ENC_EVEX ? 32 : 16;
	sp.vvvv %= row->encoding == ENC_EVEX ? 32 : 16;
	if (!row->vvvv)
		sp.vvvv = 0;
	switch (row->encoding) {
	case ENC_LEGACY:
		sp.opsize = variant & 2;
		sp.lock = variant & 4;
		sp.rep = variant / 8 == 1;
		sp.repne = variant / 8 == 2;
		break;
	case ENC_VEX:
		sp.two_byte = variant == 4;
		sp.length = variant >> 1 & 1;
		break;
	case ENC_EVEX:
		sp.broadcast = variant & 2;
		sp.length = (uint8_t)(variant / 4 % 3);
		sp.zeroing = variant / 12 == 2;
		sp.mask = variant / 12 ? (uint8_t)(1 + turn % 7) : 0;
		break;
	}
	return sp;
}

static uint8_t pp_of(const struct table_row *row)
{
	static const uint8_t pp[] = {[PFX_NONE] = 0, [PFX_66] = 1, [PFX_F3] = 2, [PFX_F2] = 3, [PFX_ANY] = 0};

	return row->prefix <= PFX_ANY ? pp[row->prefix] : 0;
}

static unsigned spell_escape(const struct table_row *row, uint8_t *at)
{
	unsigned n = 0;

	if (row->map != MAP_0)
		at[n++] = 0x0f;
	if (row->map == MAP_0F38)
		at[n++] = 0x38;
	if (row->map == MAP_0F3A)
		at[n++] = 0x3a;
	return n;
}

static unsigned spell_legacy(const struct table_row *row, const struct spelling *sp, unsigned reg, unsigned xb,
			     uint8_t *at)
{
	uint8_t rex = (uint8_t)(0x40 | sp->w << 3 | (reg & 8) >> 1 | xb);
	unsigned n = 0;

	if (sp->lock)
		at[n++] = 0xf0;
	if (sp->opsize || row->prefix == PFX_66)
		at[n++] = 0x66;
	if (row->prefix == PFX_F3 || sp->rep)
		at[n++] = 0xf3;
	if (row->prefix == PFX_F2 || sp->repne)
		at[n++] = 0xf2;
	if (rex != 0x40)
		at[n++] = rex;
	return n + spell_escape(row, at + n);
}

static unsigned spell_vex(const struct table_row *row, const struct spelling *sp, unsigned reg, unsigned xb,
			  uint8_t *at)
{
	uint8_t low = (uint8_t)((~sp->vvvv & 15) << 3 | sp->length << 2 | pp_of(row));
	unsigned rxb = (reg & 8) >> 1 | xb;

	if (sp->two_byte) {
		at[0] = 0xc5;
		at[1] = (uint8_t)(low | (reg & 8 ? 0 : 0x80));
		return 2;
	}
	at[0] = 0xc4;
	at[1] = (uint8_t)((~rxb & 7) << 5 | row->map);
	at[2] = (uint8_t)(low | sp->w << 7);
	return 3;
}

static unsigned spell_evex(const struct table_row *row, const struct spelling *sp, unsigned reg, unsigned xb,
			   uint8_t *at)
{
	unsigned rxb = (reg & 8) >> 1 | xb;

	at[0] = 0x62;
	at[1] = (uint8_t)((~rxb & 7) << 5 | (reg & 16 ? 0 : 0x10) | row->map);
	at[2] = (uint8_t)(sp->w << 7 | (~sp->vvvv & 15) << 3 | 4 | pp_of(row));
	at[3] = (uint8_t)(sp->zeroing << 7 | sp->length << 5 | sp->broadcast << 4 | (sp->vvvv & 16 ? 0 : 8) | sp->mask);
	return 4;
}

static unsigned spell_prefixes(const struct table_row *row, const struct spelling *sp, unsigned reg, unsigned xb,
			       uint8_t *at)
{
	switch (row->encoding) {
	case ENC_LEGACY:
		return spell_legacy(row, sp, reg, xb, at);
	case ENC_VEX:
		return spell_vex(row, sp, reg, xb, at);
	case ENC_EVEX:
		return spell_evex(row, sp, reg, xb, at);
	}
	return 0;
}

/* mov with an absolute address, the only operand without ModRM. Intel SDM Vol 2, "MOV". */
static bool is_moffs(const struct table_row *row)
{
	return row->encoding == ENC_LEGACY && row->map == MAP_0 && (row->opcode & 0xfc) == 0xa0;
}

unsigned spell(const struct table_row *row, const struct spelling *sp, uint64_t imm, uint8_t bytes[SPELL_MAX])
{
	const struct form *form = &forms[sp->form];
	unsigned reg = row->digit >= 0 ? (unsigned)row->digit : sp->reg;
	bool two_byte = sp->two_byte && !form->xb;
	struct spelling exact = *sp;
	uint32_t disp = form->disp;
	unsigned n = 0;

	exact.two_byte = two_byte;
	if (form->segment)
		bytes[n++] = form->segment;
	if (form->adsize)
		bytes[n++] = form->adsize;
	n += spell_prefixes(row, &exact, reg, is_moffs(row) ? 0 : form->xb, bytes + n);
	bytes[n++] = sp->opcode;
	if (is_moffs(row)) {
		memset(bytes + n, 0, 8); /* aimed later */
		return n + (form->adsize ? 4 : 8);
	}
	if (row->reg_form == REG_ONLY) { /* the operand is implicit */
		bytes[n++] = (uint8_t)(0xc0 | form->modrm | (reg & 7) << 3);
		memcpy(bytes + n, &imm, 8);
		return n + 8;
	}
	bytes[n++] = (uint8_t)(form->modrm | (reg & 7) << 3);
	if (form->has_sib)
		bytes[n++] = form->sib;
	memcpy(bytes + n, &disp, 4);
	n += form->disp_size;
	memcpy(bytes + n, &imm, 8);
	return n + 8;
}
