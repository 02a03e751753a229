#include "vmm/execute/short_form.h"

#define NUMBER_RSP 4 /* and of AH, without REX */
#define REX_W 8
#define REX_B 1

/* 1 for the forms on bytes, else 2 with 66 and 4; mov alone takes 8. */
static uint8_t immediate(const struct insn_fields *f, bool byte)
{
	if (byte)
		return 1;
	if (f->rex & REX_W)
		return 4;
	return f->opsize ? 2 : 4;
}

static bool map_0(const struct insn_fields *f, uint8_t *imm_size)
{
	bool wide = f->opcode & 1;

	switch (f->opcode) {
	case 0x00 ... 0x3f: /* add, or, adc, sbb, and, sub, xor, cmp with al, eax */
		if ((f->opcode & 6) != 4)
			return false;
		*imm_size = immediate(f, !wide);
		return true;
	case 0xa8: /* test */
	case 0xa9:
		*imm_size = immediate(f, !wide);
		return true;
	case 0xb0 ... 0xb7: /* mov */
		*imm_size = 1;
		return true;
	case 0xb8 ... 0xbf:
		*imm_size = f->rex & REX_W ? 8 : immediate(f, false);
		return true;
	case 0x90:
		if (!(f->rex & REX_B))
			return false; /* nop */
		*imm_size = 0;
		return true;
	case 0x91 ... 0x97: /* xchg */
	case 0x98: /* cbw, cwde, cdqe */
	case 0x99: /* cwd, cdq, cqo */
	case 0x9e: /* sahf */
	case 0x9f: /* lahf */
	case 0xf5: /* cmc */
	case 0xf8: /* clc */
	case 0xf9: /* stc */
		*imm_size = 0;
		return true;
	default:
		return false;
	}
}

static bool names_rsp(const struct insn_fields *f)
{
	bool by_opcode = f->map == MAP_0F || (f->opcode >= 0xb0 && f->opcode <= 0xbf) ||
			 (f->opcode >= 0x90 && f->opcode <= 0x97);
	bool byte = f->map == MAP_0 && f->opcode >= 0xb0 && f->opcode <= 0xb7;

	if (!by_opcode || (f->opcode & 7) != NUMBER_RSP || (f->rex & REX_B))
		return false;
	return !byte || f->rex; /* AH without REX, SPL with */
}

bool short_form(const struct insn_fields *f, uint8_t *imm_size)
{
	if (f->encoding != ENC_LEGACY || f->lock || f->rep || f->repne || names_rsp(f))
		return false;
	if (f->map == MAP_0)
		return map_0(f, imm_size);
	if (f->map != MAP_0F || (f->opcode & 0xf8) != 0xc8 || f->opsize) /* bswap of 16 bits is undefined */
		return false;
	*imm_size = 0;
	return true;
}
