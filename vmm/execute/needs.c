#include "vmm/execute/needs.h"

#include "decoder/vector.h"
#include "vmm/execute/needs_rows.h"
#include "vmm/execute/save_area.h"

#define VECTOR_UD 6
#define VECTOR_NM 7
#define RFLAGS_VM 0x20000ull
#define BIT(feature) (1ull << (feature))

/* The unit by the encoding; 0F forms without a prefix are MMX's where a row says so. */
static enum unit unit_of(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (save_area_of(insn) == SAVE_AREA_FX)
		return UNIT_FXSAVE;
	if (save_area_of(insn) != SAVE_AREA_NOT)
		return UNIT_XSAVE;
	if (f->encoding == ENC_EVEX)
		return UNIT_AVX512;
	if (!(insn->flags & INSN_VECTOR))
		return UNIT_INTEGER;
	if (f->encoding == ENC_VEX)
		return f->map == MAP_0F && (f->opcode & 0xfc) == 0x90 ? UNIT_AVX512 : UNIT_AVX; /* kmov */
	return f->map == MAP_0 ? UNIT_X87 : UNIT_SSE;
}

/* Groups 9 and 15 of the 0F map, told apart by ModRM.reg. True: *feature is set. */
static bool group_feature(const struct insn *insn, enum feature *feature)
{
	const struct insn_fields *f = &insn->fields;
	unsigned digit = f->modrm >> 3 & 7;

	if (f->encoding != ENC_LEGACY || f->map != MAP_0F || (f->opcode != 0xae && f->opcode != 0xc7))
		return false;
	if (f->opcode == 0xc7 && digit == 1)
		*feature = insn->op_size == 8 ? FEATURE_CX16 : FEATURE_ALWAYS;
	else if (f->opcode == 0xc7)
		*feature = digit == 4 ? FEATURE_XSAVEC : FEATURE_ALWAYS;
	else if (digit < 2)
		*feature = FEATURE_FXSR;
	else if (digit < 4)
		*feature = FEATURE_SSE;
	else
		*feature = digit == 6 ? FEATURE_XSAVEOPT : FEATURE_XSAVE;
	return true;
}

static bool row_matches(const struct needs_row *row, const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned prefix = 1u << f->prefix;
	bool w = f->rex & 8;

	return row->encoding == f->encoding && row->map == f->map && f->opcode >= row->first &&
	       f->opcode <= row->last && (row->prefixes & prefix) &&
	       (row->w == NEEDS_W_ANY || (row->w == NEEDS_W_1) == w) && (!row->vector || insn->flags & INSN_VECTOR) &&
	       f->vector_len >= row->len_min;
}

/* An EVEX form of less than 64 bytes on more than one element; scalar ones ignore the length. */
static bool needs_vl(const struct insn *insn)
{
	return insn->fields.vector_len < 64 && (insn->elements > 1 || insn->mem.size == insn->fields.vector_len);
}

struct needs needs_of(const struct insn *insn)
{
	struct needs needs = {.unit = unit_of(insn)};
	enum feature feature;

	needs.vex_integer = needs.unit == UNIT_INTEGER && insn->fields.encoding == ENC_VEX;

	if (group_feature(insn, &feature)) {
		needs.features = BIT(feature);
		return needs;
	}
	for (unsigned i = 0; i < needs_row_count; i++) {
		if (row_matches(&needs_rows[i], insn)) {
			needs.features |= needs_rows[i].features;
			if (needs_rows[i].mmx && insn->fields.prefix == PFX_NONE)
				needs.unit = UNIT_MMX;
			break;
		}
	}
	if (needs.unit == UNIT_AVX)
		needs.features |= BIT(FEATURE_AVX);
	if (needs.unit == UNIT_AVX512)
		needs.features |= BIT(FEATURE_AVX512F) | (needs_vl(insn) ? BIT(FEATURE_AVX512VL) : 0);
	return needs;
}

/* CVTPI2PS, CVTPI2PD, CVT(T)PS2PI, CVT(T)PD2PI: SSE's in their exceptions, and yet with an MMX register. */
static bool converts_mmx(const struct insn_fields *f)
{
	bool converts = f->map == MAP_0F && (f->opcode == 0x2a || f->opcode == 0x2c || f->opcode == 0x2d);

	return converts && (f->prefix == PFX_NONE || f->prefix == PFX_66);
}

uint8_t needs_components(const struct insn *insn, enum unit unit)
{
	switch (unit) {
	case UNIT_INTEGER:
		return 0;
	case UNIT_X87:
	case UNIT_MMX: /* which are the x87 unit's registers */
		return XSTATE_X87;
	case UNIT_SSE:
		return converts_mmx(&insn->fields) ? XSTATE_X87 | XSTATE_SSE : XSTATE_SSE;
	case UNIT_AVX: /* clears its registers to the end. Intel SDM Vol 1, "Vector Length Transition" */
		return XSTATE_SSE | XSTATE_AVX | XSTATE_ZMM_HIGH;
	case UNIT_AVX512:
		return XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512;
	case UNIT_FXSAVE:
	case UNIT_XSAVE:
		break;
	}
	return XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512;
}

bool needs_registers(enum unit unit, uint64_t xcr0)
{
	uint64_t wanted = 0;

	if (unit == UNIT_AVX || unit == UNIT_AVX512)
		wanted = XSTATE_SSE | XSTATE_AVX;
	if (unit == UNIT_AVX512)
		wanted |= XSTATE_AVX512;
	return (xcr0 & wanted) == wanted;
}

/* Registers by XSAVE: enabled by the system in CR4 and XCR0, and no such encoding outside protected mode. */
static bool enabled_by_xcr0(enum unit unit, const struct regs *regs, uint64_t xcr0)
{
	return (regs->cr4 & CR4_OSXSAVE) && (regs->cr0 & CR0_PE) && !(regs->rflags & RFLAGS_VM) &&
	       needs_registers(unit, xcr0);
}

static int x87_unmet(const struct regs *regs)
{
	return regs->cr0 & (CR0_EM | CR0_TS) ? VECTOR_NM : NEEDS_MET;
}

static int unit_unmet(enum unit unit, const struct regs *regs, uint64_t xcr0)
{
	bool enabled = true;

	switch (unit) {
	case UNIT_INTEGER:
		return NEEDS_MET;
	case UNIT_X87:
	case UNIT_FXSAVE:
		return x87_unmet(regs);
	case UNIT_MMX:
		enabled = !(regs->cr0 & CR0_EM);
		break;
	case UNIT_SSE:
		enabled = !(regs->cr0 & CR0_EM) && (regs->cr4 & CR4_OSFXSR);
		break;
	case UNIT_AVX:
	case UNIT_AVX512:
		enabled = enabled_by_xcr0(unit, regs, xcr0);
		break;
	case UNIT_XSAVE:
		enabled = regs->cr4 & CR4_OSXSAVE;
		break;
	}
	if (!enabled)
		return VECTOR_UD;
	return regs->cr0 & CR0_TS ? VECTOR_NM : NEEDS_MET;
}

int needs_unmet(const struct needs *needs, const struct regs *regs, const struct features *features, uint64_t xcr0)
{
	if (needs->features & ~features->has)
		return VECTOR_UD;
	if (needs->vex_integer && (!(regs->cr0 & CR0_PE) || (regs->rflags & RFLAGS_VM)))
		return VECTOR_UD;
	return unit_unmet(needs->unit, regs, xcr0);
}
