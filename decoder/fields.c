#include "decoder/fields.h"

#include <string.h>

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

/* The bytes being read. A byte past the end is 0 and noted, so that one check at the end of a part is enough. */
struct cursor {
	const uint8_t *bytes;
	size_t n; /* at most INSN_MAX */
	size_t at;
	bool past_end;
};

static uint8_t peek(struct cursor *c, size_t ahead)
{
	if (c->at + ahead < c->n)
		return c->bytes[c->at + ahead];
	c->past_end = true;
	return 0;
}

static uint8_t take(struct cursor *c)
{
	uint8_t byte = peek(c, 0);

	c->at++;
	return byte;
}

/* Opcodes with a ModRM byte, one bit each, from bit 0 of word 0. Intel SDM Vol 2, "Opcode Map". */
static const uint32_t modrm_map_0[8] = {
	0x0f0f0f0f, /* 00-1F: the ALU in r/m forms */
	0x0f0f0f0f, /* 20-3F */
	0x00000000, /* 40-5F */
	0x00000a0c, /* 60-7F: bound, arpl/movsxd, imul */
	0x0000ffff, /* 80-9F */
	0x00000000, /* A0-BF */
	0xff0f00f3, /* C0-DF: shifts, les, lds, mov imm, x87 */
	0xc0c00000, /* E0-FF: groups 3, 4, 5 */
};

static const uint32_t modrm_map_0f[8] = {
	0xffffa00f, /* 00-1F: not 04-0C, 0E */
	0xff00ff4f, /* 20-3F: not 24, 25, 27, 30-37 */
	0xffffffff, /* 40-5F */
	0xff7fffff, /* 60-7F: not 77 */
	0xffff0000, /* 80-9F: not jcc */
	0xfffff8f8, /* A0-BF: not push/pop fs/gs, cpuid, rsm */
	0xffff00ff, /* C0-DF: not bswap */
	0xffffffff, /* E0-FF */
};

static bool has_modrm(const struct insn_fields *f)
{
	const uint32_t *map = f->map == MAP_0 ? modrm_map_0 : modrm_map_0f;

	if (f->map >= MAP_0F38)
		return true;
	return map[f->opcode / 32] >> (f->opcode % 32) & 1;
}

/* Notes one legacy prefix. False if byte is none. */
static bool legacy_prefix(uint8_t byte, enum cpu_mode mode, struct insn_fields *f)
{
	switch (byte) {
	case 0x66:
		f->opsize = true;
		break;
	case 0x67:
		f->adsize = true;
		break;
	case 0xf0:
		f->lock = true;
		break;
	case 0xf2:
	case 0xf3:
		f->rep |= byte == 0xf3;
		f->repne |= byte == 0xf2;
		f->prefix = byte == 0xf3 ? PFX_F3 : PFX_F2; /* the last one counts */
		break;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		/* 64-bit mode ignores these four, so they don't undo FS or GS: measured on the CPU */
		if (mode != MODE_64)
			f->seg_override = (int8_t)((byte - 0x26) / 8);
		break;
	case 0x64:
	case 0x65:
		f->seg_override = byte == 0x64 ? SEG_FS : SEG_GS;
		break;
	default:
		return false;
	}
	return true;
}

/* Legacy prefixes and REX, which counts only directly before the opcode. */
static void read_prefixes(struct cursor *c, enum cpu_mode mode, struct insn_fields *f)
{
	while (!c->past_end) {
		uint8_t byte = peek(c, 0);

		if (mode == MODE_64 && (byte & 0xf0) == 0x40)
			f->rex = byte;
		else if (legacy_prefix(byte, mode, f))
			f->rex = 0;
		else
			break;
		c->at++;
	}
	if (f->prefix == PFX_NONE && f->opsize)
		f->prefix = PFX_66;
}

static void read_legacy_opcode(struct cursor *c, struct insn_fields *f)
{
	f->encoding = ENC_LEGACY;
	f->map = MAP_0;
	f->opcode = take(c);
	if (f->opcode != 0x0f)
		return;
	f->map = MAP_0F;
	f->opcode = take(c);
	if (f->opcode != 0x38 && f->opcode != 0x3a)
		return;
	f->map = f->opcode == 0x38 ? MAP_0F38 : MAP_0F3A;
	f->opcode = take(c);
}

/* VEX and EVEX: in 32-bit modes these bytes are les, lds and bound unless "mod" is 3. */
static bool is_vector_prefix(struct cursor *c, enum cpu_mode mode)
{
	uint8_t byte = peek(c, 0);

	if (byte != 0xc4 && byte != 0xc5 && byte != 0x62)
		return false;
	return mode == MODE_64 || peek(c, 1) >= 0xc0;
}

/* W, vvvv, L and pp, which all three prefixes hold in the same byte layout; W is elsewhere in two-byte VEX. */
static void read_vvvv_pp(uint8_t byte, enum cpu_mode mode, struct insn_fields *f)
{
	static const enum opcode_prefix of_pp[4] = {PFX_NONE, PFX_66, PFX_F3, PFX_F2};

	f->prefix = of_pp[byte & 3];
	f->vvvv = (uint8_t)(~byte >> 3 & (mode == MODE_64 ? 15 : 7));
}

static bool read_vex(struct cursor *c, enum cpu_mode mode, struct insn_fields *f)
{
	bool three = take(c) == 0xc4;
	uint8_t rxb = take(c);
	uint8_t last = rxb;
	unsigned map = MAP_0F;

	f->encoding = ENC_VEX;
	f->rex = rxb & 0x80 ? 0 : REX_R;
	if (three) {
		last = take(c);
		map = rxb & 0x1f;
		f->rex = (uint8_t)(~rxb >> 5 & 7) | (last & 0x80 ? REX_W : 0);
	}
	if (mode != MODE_64)
		f->rex &= REX_W;
	read_vvvv_pp(last, mode, f);
	f->vector_len = last & 4 ? 32 : 16;
	f->opcode = take(c);
	if (map < MAP_0F || map > MAP_0F3A)
		return false;
	f->map = (enum opcode_map)map;
	return true;
}

static bool read_evex(struct cursor *c, enum cpu_mode mode, struct insn_fields *f)
{
	uint8_t p0, p1, p2;

	take(c);
	p0 = take(c);
	p1 = take(c);
	p2 = take(c);
	f->encoding = ENC_EVEX;
	f->rex = (uint8_t)(~p0 >> 5 & 7) | (p1 & 0x80 ? REX_W : 0);
	if (mode != MODE_64)
		f->rex &= REX_W;
	read_vvvv_pp(p1, mode, f);
	f->vector_len = (uint8_t)(16u << (p2 >> 5 & 3));
	f->mask = p2 & 7;
	f->zeroing = p2 & 0x80;
	f->broadcast = p2 & 0x10;
	if (mode == MODE_64) {
		f->reg = p0 & 0x10 ? 0 : 16;
		f->vvvv |= p2 & 8 ? 0 : 16;
	}
	f->opcode = take(c);
	if (!(p0 & 7) || (p0 & 15) == 4 || (p0 & 15) > MAP_6 || !(p1 & 4))
		return false;
	f->map = (enum opcode_map)(p0 & 7);
	return true;
}

/* False if the CPU has no such combination of prefixes. */
static bool read_opcode(struct cursor *c, enum cpu_mode mode, struct insn_fields *f)
{
	bool evex = peek(c, 0) == 0x62;

	if (!is_vector_prefix(c, mode)) {
		read_legacy_opcode(c, f);
		return true;
	}
	if (f->lock || f->opsize || f->rep || f->repne || f->rex)
		return false; /* Intel SDM Vol 2, "VEX and the LOCK prefix" and the sections after it */
	return evex ? read_evex(c, mode, f) : read_vex(c, mode, f);
}

/* ModRM, SIB and the size of the displacement. Intel SDM Vol 2, "Addressing-Mode Encoding of ModR/M and SIB Bytes". */
static void read_modrm(struct cursor *c, unsigned addr_size, struct insn_fields *f)
{
	unsigned mod, rm;

	f->has_modrm = true;
	f->modrm_at = (uint8_t)c->at;
	f->modrm = take(c);
	f->reg |= (uint8_t)((f->modrm >> 3 & 7) | (f->rex & REX_R ? 8 : 0));
	mod = f->modrm >> 6;
	rm = f->modrm & 7;
	if (mod == 3)
		return;
	if (addr_size == 2) {
		f->disp_size = mod == 0 ? (rm == 6 ? 2 : 0) : (uint8_t)mod;
		return;
	}
	if (rm == 4) {
		f->has_sib = true;
		f->sib = take(c);
		rm = f->sib & 7;
	}
	f->disp_size = mod == 0 ? (rm == 5 ? 4 : 0) : mod == 1 ? 1 : 4;
}

/* EVEX.b with a register: L'L is how to round, not how long. Intel SDM Vol 2, "Static Rounding Support in EVEX". */
static bool settle_length(struct insn_fields *f)
{
	if (f->broadcast && f->modrm >= 0xc0)
		f->vector_len = 64;
	return f->vector_len <= 64;
}

enum fields_status fields_read(const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn_fields *out)
{
	struct cursor c = {.bytes = bytes, .n = n < INSN_MAX ? n : INSN_MAX};
	enum fields_status ran_out = n < INSN_MAX ? FIELDS_TRUNCATED : FIELDS_TOO_LONG;
	struct insn_fields f = {.seg_override = -1};
	bool valid;

	read_prefixes(&c, mode, &f);
	valid = read_opcode(&c, mode, &f);
	if (c.past_end)
		return ran_out;
	if (!valid)
		return FIELDS_INVALID;
	f.prefix_size = (uint8_t)(c.at - 1);
	if (has_modrm(&f))
		read_modrm(&c, fields_addr_size(&f, mode), &f);
	else if (f.encoding == ENC_LEGACY && f.map == MAP_0 && (f.opcode & 0xfc) == 0xa0)
		f.disp_size = fields_addr_size(&f, mode);
	if (f.encoding == ENC_EVEX && !c.past_end && !settle_length(&f))
		return FIELDS_INVALID;
	f.disp_at = f.disp_size ? (uint8_t)c.at : 0;
	c.at += f.disp_size;
	if (c.past_end || c.at > c.n)
		return ran_out;
	f.imm_at = (uint8_t)c.at;
	*out = f;
	return FIELDS_OK;
}

bool fields_names_memory(const struct insn_fields *f)
{
	return f->has_modrm && f->modrm < 0xc0;
}

unsigned fields_digit(const struct insn_fields *f)
{
	return f->modrm >> 3 & 7;
}

uint8_t fields_addr_size(const struct insn_fields *f, enum cpu_mode mode)
{
	switch (mode) {
	case MODE_16:
		return f->adsize ? 4 : 2;
	case MODE_32:
		return f->adsize ? 2 : 4;
	case MODE_64:
		return f->adsize ? 4 : 8;
	}
	return 0;
}

static int64_t displacement(const struct insn_fields *f, const uint8_t *bytes)
{
	uint64_t value = 0;
	unsigned unused_bits = 64 - 8u * f->disp_size;

	if (!f->disp_size)
		return 0;
	for (unsigned i = 0; i < f->disp_size; i++)
		value |= (uint64_t)bytes[f->disp_at + i] << (8 * i);
	if (!f->has_modrm)
		return (int64_t)value; /* moffs: an address, not a distance */
	return (int64_t)(value << unused_bits) >> unused_bits;
}

/* Intel SDM Vol 2, "16-Bit Addressing Forms with the ModR/M Byte". */
static void operand_16(const struct insn_fields *f, struct insn_mem *mem)
{
	static const int8_t base[8] = {GPR_RBX, GPR_RBX, GPR_RBP, GPR_RBP, GPR_RSI, GPR_RDI, GPR_RBP, GPR_RBX};
	static const int8_t index[8] = {GPR_RSI, GPR_RDI, GPR_RSI, GPR_RDI, REG_NONE, REG_NONE, REG_NONE, REG_NONE};
	unsigned rm = f->modrm & 7;

	if (f->modrm >> 6 == 0 && rm == 6)
		return;
	mem->base = base[rm];
	mem->index = index[rm];
}

static void operand_32_64(const struct insn_fields *f, enum cpu_mode mode, struct insn_mem *mem)
{
	unsigned mod = f->modrm >> 6;
	unsigned low = f->has_sib ? f->sib & 7 : f->modrm & 7;
	unsigned index = (f->sib >> 3 & 7) | (f->rex & REX_X ? 8 : 0);

	if (mod == 0 && low == 5)
		mem->base = !f->has_sib && mode == MODE_64 ? REG_RIP : REG_NONE;
	else
		mem->base = (int8_t)(low | (f->rex & REX_B ? 8 : 0));
	if (f->has_sib && index != GPR_RSP) {
		mem->index = (int8_t)index;
		mem->scale = (uint8_t)(1u << (f->sib >> 6));
	}
}

struct insn_mem fields_mem(const struct insn_fields *f, const uint8_t *bytes, enum cpu_mode mode)
{
	struct insn_mem mem = {
		.present = true,
		.use = MEM_NONE,
		.addr_size = fields_addr_size(f, mode),
		.base = REG_NONE,
		.index = REG_NONE,
		.scale = 1,
		.align = 1,
		.disp = displacement(f, bytes),
		.seg = SEG_DS,
	};

	if (fields_names_memory(f) && mem.addr_size == 2)
		operand_16(f, &mem);
	else if (fields_names_memory(f))
		operand_32_64(f, mode, &mem);
	if (mem.base == GPR_RSP || mem.base == GPR_RBP)
		mem.seg = SEG_SS;
	if (f->seg_override >= 0)
		mem.seg = (enum segment)f->seg_override;
	return mem;
}
