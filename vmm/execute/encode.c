#include "vmm/execute/allow.h"
#include "vmm/execute/stub.h"

#include <string.h>

#define REX 0x40
#define REX_W 8
#define REX_R 4
#define MODRM_RIP 0x05 /* mod=00 rm=101: [rip+disp32] in 64-bit mode */

/* The rewritten instruction while it grows; bytes past INSN_MAX are counted, not kept. */
struct growing {
	uint8_t bytes[INSN_MAX];
	unsigned n;
};

static void put(struct growing *g, uint8_t byte)
{
	if (g->n < INSN_MAX)
		g->bytes[g->n] = byte;
	g->n++;
}

/* What the register fields become. */
struct renamed {
	unsigned reg; /* ModRM.reg, bits 2:0 */
	unsigned vvvv; /* 0..15 */
	int8_t rsp_became;
};

static bool is_moffs(const struct insn_fields *f)
{
	return f->encoding == ENC_LEGACY && f->map == MAP_0 && (f->opcode & 0xfc) == 0xa0;
}

/* maskmovq, maskmovdqu: ModRM names two registers, the operand is at RDI, which the caller points at the slot. */
static bool is_maskmov(const struct insn *insn)
{
	return insn->exec == EXEC_MASKMOV && insn->fields.map == MAP_0F && insn->fields.opcode == 0xf7 &&
	       insn->fields.has_modrm && insn->fields.modrm >= 0xc0;
}

/* Is ModRM.reg a byte register, so that without REX 4..7 are AH..BH? */
static bool reg_is_byte(const struct insn_fields *f)
{
	if (f->map == MAP_0F)
		return f->opcode == 0xb0 || f->opcode == 0xc0; /* cmpxchg, xadd */
	return f->map == MAP_0 && !(f->opcode & 1);
}

static bool reg_is_gpr_0f(const struct insn_fields *f)
{
	bool scalar = f->prefix == PFX_F3 || f->prefix == PFX_F2;

	switch (f->opcode) {
	case 0x2c: /* cvt(t)ss2si, cvt(t)sd2si; without F3/F2 the register is MMX */
	case 0x2d:
	case 0x78: /* their unsigned forms in EVEX */
	case 0x79:
		return scalar;
	case 0x40 ... 0x4f: /* cmovcc; the mask register operations of VEX have no memory form here */
	case 0xa3 ... 0xa5: /* bt, shld */
	case 0xab ... 0xad: /* bts, shrd */
	case 0xaf ... 0xb1: /* imul, cmpxchg */
	case 0xb3: /* btr */
	case 0xb6 ... 0xb8: /* movzx, popcnt */
	case 0xbb ... 0xc1: /* btc, bsf, bsr, tzcnt, lzcnt, movsx, xadd */
	case 0xc3: /* movnti */
		return f->encoding == ENC_LEGACY;
	default:
		return false;
	}
}

/* cmpccxadd, andn, blsr, bzhi, mulx, bextr and theirs: the VEX instructions on general registers. */
static bool vvvv_is_gpr(const struct insn_fields *f)
{
	return f->encoding == ENC_VEX && f->map == MAP_0F38 && f->opcode >= 0xe0;
}

/* Does ModRM.reg name a general register (not a vector, an x87 digit or an opcode extension)? */
static bool reg_is_gpr(const struct insn_fields *f)
{
	uint8_t op = f->opcode;

	switch (f->map) {
	case MAP_0:
		return op < 0x3c || op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x84 && op <= 0x8b);
	case MAP_0F:
		return reg_is_gpr_0f(f);
	case MAP_0F38:
		if (f->encoding == ENC_LEGACY)
			return op >= 0xf0; /* movbe, crc32, adcx, adox, movdiri */
		return vvvv_is_gpr(f) && op != 0xf3; /* all of these but blsr, blsmsk, blsi */
	case MAP_0F3A:
		return f->encoding == ENC_VEX && op == 0xf0; /* rorx */
	case MAP_5: /* cvt(t)sh2si, cvt(t)sh2usi */
		return (op == 0x2c || op == 0x2d || op == 0x78 || op == 0x79) && f->prefix == PFX_F3;
	case MAP_6:
		return false;
	}
	return false;
}

/*
 * RSP as a register operand becomes RBP, RSI or RDI, whichever the instruction
 * doesn't name; no form of the closed table uses these three implicitly.
 */
static struct renamed rename_rsp(const struct insn_fields *f)
{
	static const uint8_t stand_ins[] = {GPR_RBP, GPR_RSI, GPR_RDI};
	unsigned reg = (f->modrm >> 3 & 7) | (f->rex & REX_R ? 8 : 0);
	bool reg_gpr = f->has_modrm && reg_is_gpr(f) && !(reg_is_byte(f) && !f->rex);
	bool reg_rsp = reg_gpr && reg == GPR_RSP;
	bool vvvv_rsp = vvvv_is_gpr(f) && f->vvvv == GPR_RSP;
	struct renamed to = {.reg = f->modrm >> 3 & 7, .vvvv = f->vvvv, .rsp_became = REG_NONE};

	for (unsigned i = 0; i < sizeof(stand_ins) && (reg_rsp || vvvv_rsp) && to.rsp_became == REG_NONE; i++) {
		if (stand_ins[i] != reg && !(vvvv_is_gpr(f) && stand_ins[i] == f->vvvv))
			to.rsp_became = (int8_t)stand_ins[i];
	}
	if (reg_rsp)
		to.reg = (unsigned)to.rsp_became;
	if (vvvv_rsp)
		to.vvvv = (unsigned)to.rsp_became;
	return to;
}

/*
 * Is 66 only a part of the opcode, or without meaning? Elsewhere it switches
 * between the two operand sizes, and which of them is the default depends on mode.
 */
static bool opsize_is_opcode(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	switch (f->map) {
	case MAP_0:
		return insn->op_size == 1;
	case MAP_0F:
		return insn->flags & INSN_VECTOR || insn->op_size == 1 || f->opcode == 0xc3 || f->opcode == 0xc7;
	case MAP_0F38:
		return insn->flags & INSN_VECTOR || f->opcode == 0xf6 || f->opcode == 0xf9;
	case MAP_0F3A:
	case MAP_5:
	case MAP_6:
		return true;
	}
	return true;
}

/* Intel SDM Vol 1, "Operand-Size and Address-Size Attributes": 64-bit mode defaults to 4 bytes, 16-bit code to 2. */
static bool needs_opsize(const struct insn *insn)
{
	if (insn->mode == MODE_16 && !opsize_is_opcode(insn))
		return !insn->fields.opsize;
	return insn->fields.opsize;
}

static void put_legacy(struct growing *g, const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	uint8_t opcode = f->opcode;

	if (needs_opsize(insn))
		put(g, 0x66);
	if (f->map != MAP_0 && f->prefix == PFX_F3)
		put(g, 0xf3);
	if (f->map != MAP_0 && f->prefix == PFX_F2)
		put(g, 0xf2);
	/* an empty REX stays too: it makes SPL..DIL of AH..BH */
	if (f->rex)
		put(g, REX | (f->rex & (is_moffs(f) ? REX_W : is_maskmov(insn) ? 0xf : REX_W | REX_R)));
	if (f->map != MAP_0)
		put(g, 0x0f);
	if (f->map == MAP_0F38)
		put(g, 0x38);
	if (f->map == MAP_0F3A)
		put(g, 0x3a);
	if (is_moffs(f))
		opcode = (uint8_t)(0x88 | ((opcode & 2) ^ 2) | (opcode & 1)); /* A0..A3 load, load, store, store */
	if (f->map == MAP_0 && opcode == 0x82)
		opcode = 0x80; /* its twin, which 64-bit mode doesn't have */
	put(g, opcode);
}

/*
 * VEX and EVEX keep their bytes but for X, B and vvvv. Outside 64-bit mode the
 * high register bits are ignored, and W too where it would choose a 64-bit
 * general register: they are set to what means the same in 64-bit mode.
 * Source: Intel SDM Vol 2, "VEX Prefix"; "EVEX Encoding" (bits are stored inverted).
 */
static uint8_t vvvv_byte(uint8_t byte, unsigned vvvv)
{
	return (uint8_t)((byte & ~0x78u) | (~vvvv & 15) << 3);
}

static uint8_t drop_w(const struct insn *insn, uint8_t byte)
{
	return insn->mode != MODE_64 && !(insn->flags & INSN_VECTOR) ? byte & 0x7f : byte;
}

static void put_vex(struct growing *g, const struct insn *insn, unsigned vvvv)
{
	const struct insn_fields *f = &insn->fields;
	const uint8_t *opcode = insn->bytes + f->prefix_size;
	bool three = f->prefix_size >= 3 && opcode[-3] == 0xc4; /* no legacy prefix is C4 */
	unsigned x_and_b = is_maskmov(insn) && insn->mode == MODE_64 ? 0 : 0x60;

	put(g, three ? 0xc4 : 0xc5);
	if (three) {
		put(g, opcode[-2] | x_and_b | (insn->mode != MODE_64 ? 0x80 : 0));
		put(g, drop_w(insn, vvvv_byte(opcode[-1], vvvv)));
	} else {
		put(g, vvvv_byte(opcode[-1], vvvv) | (insn->mode != MODE_64 ? 0x80 : 0));
	}
	put(g, f->opcode);
}

static void put_evex(struct growing *g, const struct insn *insn, unsigned vvvv)
{
	const uint8_t *opcode = insn->bytes + insn->fields.prefix_size;

	put(g, 0x62);
	put(g, opcode[-3] | 0x60 | (insn->mode != MODE_64 ? 0x90 : 0));
	put(g, drop_w(insn, vvvv_byte(opcode[-2], vvvv)));
	put(g, opcode[-1] | (insn->mode != MODE_64 ? 0x08 : 0));
	put(g, insn->fields.opcode);
}

static bool can_rewrite(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (!is_maskmov(insn) && (insn->exec != EXEC_STUB || !insn->mem.present || insn->mem.use == MEM_NONE))
		return false;
	if (!allow_on_host(f))
		return false;
	if (insn->length > INSN_MAX || f->imm_at + f->imm_size > INSN_MAX || f->prefix_size >= INSN_MAX)
		return false;
	if (f->encoding == ENC_VEX && f->prefix_size < 2)
		return false;
	if (f->encoding == ENC_EVEX && f->prefix_size < 4)
		return false;
	return is_maskmov(insn) || is_moffs(f) || (f->has_modrm && f->modrm < 0xc0);
}

/* ModRM and the displacement, which is 0 as yet. Returns where that stands; 0: there is none. */
static unsigned put_operand(struct growing *g, const struct insn *insn, unsigned reg)
{
	unsigned disp_at;

	if (is_maskmov(insn)) {
		put(g, insn->fields.modrm);
		return 0;
	}
	put(g, (uint8_t)(MODRM_RIP | (is_moffs(&insn->fields) ? 0 : reg << 3)));
	disp_at = g->n;
	for (unsigned i = 0; i < 4; i++)
		put(g, 0);
	return disp_at;
}

/* The mask of vblendv and the like: a register in bits 7:4. */
static bool immediate_is_register(const struct insn_fields *f)
{
	return f->encoding == ENC_VEX && f->map == MAP_0F3A && f->opcode >= 0x4a && f->opcode <= 0x4c;
}

/* Intel SDM Vol 2, "VEX Prefix", "is4": outside 64-bit mode bit 7 is ignored. */
static void put_immediate(struct growing *g, const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	uint8_t ignored = insn->mode != MODE_64 && immediate_is_register(f) ? 0x80 : 0;

	for (unsigned i = 0; i < f->imm_size; i++)
		put(g, (uint8_t)(insn->bytes[f->imm_at + i] & ~ignored));
}

bool stub_encode(const struct insn *insn, struct stub_code *out)
{
	struct growing g = {.n = 0};
	struct renamed to;
	unsigned disp_at;

	if (!can_rewrite(insn))
		return false;
	to = rename_rsp(&insn->fields);
	switch (insn->fields.encoding) {
	case ENC_LEGACY:
		put_legacy(&g, insn);
		break;
	case ENC_VEX:
		put_vex(&g, insn, to.vvvv);
		break;
	case ENC_EVEX:
		put_evex(&g, insn, to.vvvv);
		break;
	}
	disp_at = put_operand(&g, insn, to.reg);
	put_immediate(&g, insn);
	if (g.n > INSN_MAX)
		return false;
	memcpy(out->bytes, g.bytes, sizeof(out->bytes));
	out->length = (uint8_t)g.n;
	out->disp_at = (uint8_t)disp_at;
	out->rsp_became = to.rsp_became;
	return true;
}
