#include "vmm/execute/flow.h"

#include "decoder/fields.h"
#include "decoder/memref.h"
#include "decoder/table.h"
#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"

#include <stdatomic.h>
#include <string.h>

#define MODRM_ENDBR64 0xfa
#define MODRM_ENDBR32 0xfb

/* --- which bytes ------------------------------------------------------------------------- */

static bool is_endbr(const struct insn_fields *f)
{
	return f->map == MAP_0F && f->opcode == 0x1e && f->rep && !f->opsize &&
	       (f->modrm == MODRM_ENDBR64 || f->modrm == MODRM_ENDBR32);
}

/* 90 is xchg r8,rax with REX.B. */
static bool is_nop(const struct insn_fields *f)
{
	return f->map == MAP_0 && f->opcode == 0x90 && !(f->rex & 1);
}

static bool is_fence(const struct insn_fields *f)
{
	return f->map == MAP_0F && f->opcode == 0xae && f->prefix == PFX_NONE && !f->rep && !f->repne &&
	       (f->modrm == 0xe8 || f->modrm == 0xf0 || f->modrm == 0xf8);
}

/*
 * Bytes of displacement, or -1 if it is no relative branch. With 66 a near branch is something else on
 * each vendor's CPUs; F2 and F3 belong to other extensions.
 */
static int relative_size(const struct insn_fields *f)
{
	if (f->opsize || f->rep || f->repne)
		return -1;
	if (f->map == MAP_0F)
		return (f->opcode & 0xf0) == 0x80 ? 4 : -1;
	if (f->map != MAP_0)
		return -1;
	if ((f->opcode & 0xf0) == 0x70 || (f->opcode & 0xfc) == 0xe0 || f->opcode == 0xeb)
		return 1;
	return f->opcode == 0xe9 ? 4 : -1;
}

static bool is_direction(const struct insn_fields *f)
{
	return f->map == MAP_0 && (f->opcode & 0xfe) == 0xfc && !f->rep && !f->repne;
}

bool flow_form(const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out)
{
	struct insn insn = {.mode = mode, .exec = EXEC_NONE, .row = TABLE_NO_ROW, .op_size = 8};
	struct insn_fields *f = &insn.fields;
	int relative;

	if (mode != MODE_64 || fields_read(bytes, n, mode, f) != FIELDS_OK || f->encoding != ENC_LEGACY || f->lock)
		return false;
	relative = relative_size(f);
	if (relative < 0 && !is_nop(f) && !is_endbr(f) && !is_direction(f) && !is_fence(f))
		return false;
	f->imm_size = relative < 0 ? 0 : (uint8_t)relative;
	insn.length = f->imm_at + f->imm_size;
	if (insn.length > n || insn.length > INSN_MAX)
		return false;
	if (!f->imm_size)
		f->imm_at = 0;
	insn.mem.addr_size = fields_addr_size(f, mode);
	memcpy(insn.bytes, bytes, insn.length);
	*out = insn;
	return true;
}

static enum flow flow_map_0(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	switch (f->opcode) {
	case 0x70 ... 0x7f:
		return FLOW_JCC;
	case 0xe0 ... 0xe2:
		return FLOW_LOOP;
	case 0xe3:
		return FLOW_JRCXZ;
	case 0xe9:
	case 0xeb:
		return FLOW_JMP;
	case 0xfc:
	case 0xfd:
		return FLOW_DIRECTION;
	case 0x90:
		return FLOW_HINT;
	case 0x8d:
		return insn->mem.present ? FLOW_LEA : FLOW_OTHER;
	case 0xff:
		return fields_digit(f) == 4 && !fields_names_memory(f) && insn->op_size == 8 ? FLOW_JMP_REGISTER
											     : FLOW_OTHER;
	default:
		return FLOW_OTHER;
	}
}

enum flow flow_of(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (insn->exec != EXEC_NONE || insn->mode != MODE_64 || f->encoding != ENC_LEGACY)
		return FLOW_OTHER;
	if (f->map == MAP_0)
		return flow_map_0(insn);
	if (f->map != MAP_0F)
		return FLOW_OTHER;
	if ((f->opcode & 0xf0) == 0x80)
		return FLOW_JCC;
	if (is_fence(f))
		return FLOW_FENCE;
	return f->opcode == 0x0d || (f->opcode >= 0x18 && f->opcode <= 0x1f) ? FLOW_HINT : FLOW_OTHER;
}

/* --- carrying it out ------------------------------------------------------------------------- */

/* Intel SDM Vol 1, "Condition Codes": pairs of a condition and its opposite. */
static bool condition(uint64_t rflags, unsigned code)
{
	bool less = !(rflags & RFLAGS_SF) != !(rflags & RFLAGS_OF);
	bool holds = false;

	switch (code >> 1 & 7) {
	case 0:
		holds = rflags & RFLAGS_OF;
		break;
	case 1:
		holds = rflags & RFLAGS_CF;
		break;
	case 2:
		holds = rflags & RFLAGS_ZF;
		break;
	case 3:
		holds = rflags & (RFLAGS_CF | RFLAGS_ZF);
		break;
	case 4:
		holds = rflags & RFLAGS_SF;
		break;
	case 5:
		holds = rflags & RFLAGS_PF;
		break;
	case 6:
		holds = less;
		break;
	case 7:
		holds = less || (rflags & RFLAGS_ZF);
		break;
	}
	return holds != (code & 1);
}

static bool canonical(const struct regs *regs, uint64_t address)
{
	unsigned unused_bits = regs->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

	return (uint64_t)((int64_t)(address << unused_bits) >> unused_bits) == address;
}

/* The count of a loop, counted down in *count; does it go round again? */
static bool loops(const struct insn *insn, const struct regs *regs, uint64_t *count)
{
	bool zero = regs->rflags & RFLAGS_ZF;

	*count = gpr_cut(gpr_read(regs, GPR_RCX, insn->mem.addr_size) - 1, insn->mem.addr_size);
	if (*count == 0)
		return false;
	if (insn->fields.opcode == 0xe2)
		return true;
	return zero == (insn->fields.opcode == 0xe1);
}

/* LEA's address, which no segment base is added to. */
static void put_address(const struct insn *insn, struct regs *regs)
{
	unsigned to = (insn->fields.modrm >> 3 & 7) | (insn->fields.rex & 4 ? 8 : 0);

	gpr_write(regs, to, insn->op_size, gpr_cut(memref_address(insn, regs), insn->op_size));
}

bool flow_run(const struct insn *insn, enum flow flow, struct regs *regs)
{
	uint64_t next = regs->rip + insn->length, target = next + (uint64_t)operand_imm(insn);
	uint64_t count = regs->gpr[GPR_RCX];
	bool taken = true;

	switch (flow) {
	case FLOW_OTHER:
		return false;
	case FLOW_JCC:
		taken = condition(regs->rflags, insn->fields.opcode);
		break;
	case FLOW_JMP:
		break;
	case FLOW_JMP_REGISTER:
		target = regs->gpr[operand_rm_gpr(insn)];
		break;
	case FLOW_LOOP:
		taken = loops(insn, regs, &count);
		break;
	case FLOW_JRCXZ:
		taken = gpr_read(regs, GPR_RCX, insn->mem.addr_size) == 0;
		break;
	case FLOW_LEA:
		put_address(insn, regs);
		taken = false;
		break;
	case FLOW_DIRECTION:
		regs->rflags = insn->fields.opcode == 0xfd ? regs->rflags | RFLAGS_DF : regs->rflags & ~RFLAGS_DF;
		taken = false;
		break;
	case FLOW_FENCE:
		atomic_thread_fence(memory_order_seq_cst); /* the monitor's accesses are the guest's */
		taken = false;
		break;
	case FLOW_HINT:
		taken = false;
		break;
	}
	if (taken && !canonical(regs, target))
		return false;
	if (flow == FLOW_LOOP)
		gpr_write(regs, GPR_RCX, insn->mem.addr_size, count);
	regs->rip = taken ? target : next;
	regs->rflags &= ~RFLAGS_RF;
	return true;
}
