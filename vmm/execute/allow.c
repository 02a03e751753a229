#include "vmm/execute/allow.h"

/* The one-byte map is listed in full. Intel SDM Vol 2, "One-byte Opcode Map". */
static bool allow_map_0(uint8_t opcode, unsigned digit)
{
	switch (opcode) {
	case 0x00 ... 0x3b:
		return (opcode & 7) < 4; /* the eight ALU operations between r and r/m */
	case 0x63: /* movsxd; the decoder tells it from arpl */
	case 0x69: /* imul */
	case 0x6b:
	case 0x80 ... 0x8b: /* ALU with an immediate, test, xchg, mov */
	case 0xa0 ... 0xa3: /* mov with an absolute address */
	case 0xc0: /* shifts and rotates */
	case 0xc1:
	case 0xd0 ... 0xd3:
	case 0xd8 ... 0xdf: /* x87 */
	case 0xf6: /* test, not, neg, mul, div */
	case 0xf7:
		return true;
	case 0xc6: /* mov imm; the other digits hold xabort and xbegin */
	case 0xc7:
		return digit == 0;
	case 0xfe: /* inc, dec; FF /2../6 are call, jmp and push */
	case 0xff:
		return digit < 2;
	default:
		return false;
	}
}

/* Of the two-byte map, what is not arithmetic is listed. Intel SDM Vol 2, "Two-byte Opcode Map". */
static bool allow_map_0f(const struct insn_fields *f, unsigned digit)
{
	switch (f->opcode) {
	case 0x00 ... 0x0f: /* descriptor tables, lar, lsl, syscall, clts, sysret, invd, ud2 */
	case 0x18 ... 0x1f: /* hints, bounds */
	case 0x20 ... 0x27: /* control and debug registers */
	case 0x30 ... 0x37: /* msr, tsc, sysenter, getsec */
	case 0x80 ... 0x8f: /* jcc */
	case 0xa0 ... 0xa2: /* push, pop fs; cpuid */
	case 0xa6: /* whole-buffer ciphers of one vendor */
	case 0xa7:
	case 0xa8 ... 0xaa: /* push, pop gs; rsm */
	case 0xb2: /* lss, lfs, lgs */
	case 0xb4:
	case 0xb5:
	case 0xb9: /* ud1, ud0 */
	case 0xff:
		return false;
	case 0xf7: /* maskmov: two registers and memory at rdi */
		return f->modrm >= 0xc0;
	case 0x78: /* vmread, vmwrite; as EVEX conversions */
	case 0x79:
		return f->encoding == ENC_EVEX;
	case 0xae: /* fxsave to xsaveopt in memory; not fences, bases, clflush, and with a prefix shadow stacks */
		return f->prefix == PFX_NONE && digit <= 6 && f->modrm < 0xc0;
	case 0xc7: /* cmpxchg8b, cmpxchg16b, xsavec; else xrstors, xsaves, vmptrld and others */
		return digit == 1 || (digit == 4 && f->prefix == PFX_NONE && f->modrm < 0xc0);
	default:
		return true;
	}
}

/* Intel SDM Vol 2, "Three-byte Opcode Map: 0F 38". */
static bool allow_map_0f38(const struct insn_fields *f)
{
	bool legacy = f->encoding == ENC_LEGACY;

	switch (f->opcode) {
	case 0x80 ... 0x87: /* invept, invvpid, invpcid */
		return !legacy;
	case 0x49: /* tiles */
	case 0x4b:
		return f->encoding == ENC_EVEX;
	case 0x90 ... 0x93: /* gather */
	case 0xa0 ... 0xa3: /* scatter */
	case 0xc6: /* gather and scatter prefetches */
	case 0xc7:
		return legacy;
	case 0xd8: /* key locker */
	case 0xdc ... 0xdf:
		return !(legacy && f->prefix == PFX_F3);
	case 0xf5: /* wruss, wrss; adcx and adox share F6 */
		return !legacy;
	case 0xf6:
		return !legacy || f->prefix != PFX_NONE;
	case 0xf8: /* movdir64b, enqcmd: two operands in memory */
		return false;
	default:
		return true;
	}
}

bool allow_on_host(const struct insn_fields *fields)
{
	unsigned digit = fields->modrm >> 3 & 7;

	switch (fields->map) {
	case MAP_0:
		return fields->encoding == ENC_LEGACY && allow_map_0(fields->opcode, digit);
	case MAP_0F:
		return allow_map_0f(fields, digit);
	case MAP_0F38:
		return allow_map_0f38(fields);
	case MAP_0F3A:
		return fields->encoding != ENC_LEGACY || fields->opcode != 0xf0; /* hreset */
	case MAP_5: /* AVX512-FP16 is all arithmetic and moves */
	case MAP_6:
		return true;
	}
	return false;
}
