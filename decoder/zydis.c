#include "decoder/zydis.h"

#include <Zydis/Zydis.h>
#include <stdlib.h>

#define MODES 3

struct zydis {
	ZydisDecoder decoder[MODES]; /* by enum cpu_mode */
};

struct zydis *zydis_new(void)
{
	static const ZydisMachineMode modes[MODES] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_MACHINE_MODE_LEGACY_32,
						      ZYDIS_MACHINE_MODE_LONG_64};
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
