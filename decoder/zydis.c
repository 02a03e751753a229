#include "decoder/zydis.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>

#define MODES 3

struct zydis {
	ZydisDecoder decoder[MODES]; /* by enum cpu_mode */
};

static const ZydisMachineMode modes[MODES] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_MACHINE_MODE_LEGACY_32,
					      ZYDIS_MACHINE_MODE_LONG_64};

struct zydis *zydis_new(void)
{
	static const ZydisStackWidth stacks[MODES] = {ZYDIS_STACK_WIDTH_16, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_64};
	struct zydis *z = calloc(1, sizeof(*z));

	for (unsigned mode = 0; z && mode < MODES; mode++) {
		if (!ZYAN_SUCCESS(ZydisDecoderInit(&z->decoder[mode], modes[mode], stacks[mode]))) {
			zydis_free(z);
			return NULL;
		}
	}
	return z;
}

void zydis_free(struct zydis *z)
{
	free(z);
}

static int8_t address_register(ZydisRegister reg)
{
	ZydisRegisterClass class = ZydisRegisterGetClass(reg);

	if (class == ZYDIS_REGCLASS_IP)
		return REG_RIP;
	return class == ZYDIS_REGCLASS_INVALID ? REG_NONE : (int8_t)ZydisRegisterGetId(reg);
}

static enum segment segment_of(ZydisRegister reg)
{
	static const uint16_t names[SEG_COUNT] = {ZYDIS_REGISTER_ES, ZYDIS_REGISTER_CS, ZYDIS_REGISTER_SS,
						  ZYDIS_REGISTER_DS, ZYDIS_REGISTER_FS, ZYDIS_REGISTER_GS};

	for (unsigned seg = 0; seg < SEG_COUNT; seg++) {
		if (names[seg] == reg)
			return (enum segment)seg;
	}
	return SEG_DS;
}

static void view_operand(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operand,
			 struct zydis_view *view)
{
	const ZydisDecodedInstructionRaw *raw = &insn->raw;
	/* mod 0 with SIB base 101b is disp32 alone, REX.B or not (measured on the CPU); 4.0.0 shows R13D alone with 67
	 */
	bool no_base = raw->sib.offset && raw->modrm.mod == 0 && raw->sib.base == 5;
	unsigned unused = 64u - insn->address_width;
	uint64_t disp = (uint64_t)(no_base ? raw->disp.value : operand->mem.disp.value);

	view->has_mem = true;
	view->base = no_base ? REG_NONE : address_register(operand->mem.base);
	view->index = address_register(operand->mem.index);
	view->scale = view->index == REG_NONE ? 1 : operand->mem.scale;
	/* it extends the sign of an absolute address, which has none */
	if (!(insn->attributes & ZYDIS_ATTRIB_HAS_MODRM))
		disp = disp << unused >> unused;
	view->disp = (int64_t)disp;
	view->addr_size = insn->address_width / 8;
	view->size = operand->size / 8;
	view->seg = segment_of(operand->mem.segment);
	view->computed = operand->mem.type == ZYDIS_MEMOP_TYPE_AGEN;
}

bool zydis_view(const struct zydis *z, const uint8_t *bytes, size_t n, enum cpu_mode mode, struct zydis_view *out)
{
	struct zydis_view view = {.base = REG_NONE, .index = REG_NONE, .scale = 1, .seg = SEG_DS};
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;

	if (!ZYAN_SUCCESS(
		    ZydisDecoderDecodeFull(&z->decoder[mode], bytes, n < INSN_MAX ? n : INSN_MAX, &insn, operands)))
		return false;
	view.length = insn.length;
	for (unsigned i = 0; i < insn.operand_count_visible; i++) {
		if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			view_operand(&insn, &operands[i], &view);
	}
	*out = view;
	return true;
}

size_t zydis_text(const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT])
{
	ZydisDisassembledInstruction shown;

	if (!ZYAN_SUCCESS(ZydisDisassembleIntel(modes[mode], 0, bytes, n < INSN_MAX ? n : INSN_MAX, &shown)))
		return 0;
	snprintf(text, INSN_TEXT, "%.*s", INSN_TEXT - 1, shown.text);
	return shown.info.length;
}

/* --- two instructions --------------------------------------------------------------- */

struct reading {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static bool read(const struct zydis *z, const struct insn *insn, struct reading *out)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&z->decoder[insn->mode], insn->bytes, insn->length, &out->insn,
						   out->operands)) &&
	       out->insn.length == insn->length;
}

/* The general register of 64 bits that a register is a part of. */
static ZydisRegister whole(ZydisRegister reg)
{
	return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
}

static bool same_register(ZydisRegister a, ZydisRegister b, int stand_in)
{
	if (stand_in == REG_NONE || whole(a) != ZYDIS_REGISTER_RSP)
		return a == b && whole(b) != ZYDIS_REGISTER_RSP;
	return ZydisRegisterGetClass(a) == ZydisRegisterGetClass(b) &&
	       whole(b) == ZydisRegisterEncode(ZYDIS_REGCLASS_GPR64, (ZyanU8)stand_in);
}

static bool same_operand(const ZydisDecodedOperand *a, const ZydisDecodedOperand *b, int stand_in)
{
	if (a->type != b->type || a->actions != b->actions || a->size != b->size)
		return false;
	switch (a->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		return same_register(a->reg.value, b->reg.value, stand_in);
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		return a->imm.value.u == b->imm.value.u;
	case ZYDIS_OPERAND_TYPE_MEMORY:
		return true; /* where it lies is the caller's affair */
	case ZYDIS_OPERAND_TYPE_UNUSED:
	case ZYDIS_OPERAND_TYPE_POINTER:
		break;
	}
	return false;
}

/* RIP, the flags and segments are implicit, and of each mode's own size. */
static bool is_compared(const ZydisDecodedOperand *operand)
{
	return operand->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN;
}

static bool names_rsp(const struct reading *r)
{
	for (unsigned i = 0; i < r->insn.operand_count; i++) {
		const ZydisDecodedOperand *o = &r->operands[i];

		if (o->type == ZYDIS_OPERAND_TYPE_REGISTER && whole(o->reg.value) == ZYDIS_REGISTER_RSP)
			return true;
		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    (whole(o->mem.base) == ZYDIS_REGISTER_RSP || whole(o->mem.index) == ZYDIS_REGISTER_RSP))
			return true;
	}
	return false;
}

static bool same_avx(const ZydisDecodedInstruction *a, const ZydisDecodedInstruction *b)
{
	return a->avx.vector_length == b->avx.vector_length && a->avx.mask.mode == b->avx.mask.mode &&
	       a->avx.mask.reg == b->avx.mask.reg && a->avx.broadcast.mode == b->avx.broadcast.mode &&
	       a->avx.broadcast.is_static == b->avx.broadcast.is_static &&
	       a->avx.rounding.mode == b->avx.rounding.mode && a->avx.has_sae == b->avx.has_sae;
}

enum likeness zydis_compare(const struct zydis *z, const struct insn *insn, const struct insn *again, int stand_in)
{
	struct reading a, b;

	if (!read(z, insn, &a) || !read(z, again, &b))
		return LIKE_UNREAD;
	if (a.insn.mnemonic != b.insn.mnemonic || a.insn.operand_count != b.insn.operand_count || names_rsp(&b) ||
	    !same_avx(&a.insn, &b.insn))
		return LIKE_OTHER;
	for (unsigned i = 0; i < a.insn.operand_count; i++)
		if (is_compared(&a.operands[i]) && !same_operand(&a.operands[i], &b.operands[i], stand_in))
			return LIKE_OTHER;
	return LIKE_SAME;
}
