/*
 * enter: push rbp, copy the frame pointers of the outer procedures, make room.
 * Source: Intel SDM Vol 2, "ENTER".
 */
#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"

#include <string.h>

#define LEVELS 32

/* What a load of an outer frame pointer gives, when pushes of this same instruction went there before it. */
static uint64_t loaded_now(const struct execution_in *in, unsigned load, const struct execution_out *out)
{
	uint8_t bytes[sizeof(uint64_t)] = {0};
	uint64_t value;
	const struct memref *from = &in->refs[load];

	memcpy(bytes, in->loaded[load], from->size);
	for (unsigned i = 0; i < load; i++) {
		const struct memref *to = &in->refs[i];

		for (unsigned k = 0; k < from->size && to->use == MEM_WRITE; k++) {
			uint64_t at = from->gva.v + k - to->gva.v;

			if (at < to->size)
				bytes[k] = out->stored[i][at];
		}
	}
	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* One push of rbp, level - 1 pairs of a load and a push, and with a level a push of the new frame pointer. */
static bool is_well_formed(const struct execution_in *in, unsigned level)
{
	if (in->nrefs != (level ? 2 * level : 1))
		return false;
	for (unsigned i = 0; i < in->nrefs; i++) {
		bool load = i % 2 == 1 && i + 1 < in->nrefs;

		if (in->refs[i].role != MEMREF_STACK || in->refs[i].use != (load ? MEM_READ : MEM_WRITE) ||
		    in->refs[i].size != in->insn->stack_use)
			return false;
	}
	return true;
}

enum execute_status handle_enter(const struct execution_in *in, struct execution_out *out)
{
	const struct insn *insn = in->insn;
	const struct insn_fields *f = &insn->fields;
	const uint8_t *imm = insn->bytes + f->imm_at;
	unsigned size = insn->stack_use, level = 0;
	struct regs *regs = &out->regs;
	uint64_t frame, value;

	if (f->imm_size == 3)
		level = imm[2] % LEVELS;
	if (f->imm_size != 3 || (size != 2 && size != 4 && size != 8) || !is_well_formed(in, level))
		return operand_refuse(out, "this is no enter that is known");
	operand_move_rsp(regs, -(int64_t)size);
	frame = regs->gpr[GPR_RSP];
	value = in->regs->gpr[GPR_RBP];
	for (unsigned i = 0; i < in->nrefs; i++) {
		if (in->refs[i].use == MEM_READ)
			value = loaded_now(in, i, out);
		else
			operand_store(in, (int)i, out, i && i + 1 == in->nrefs ? frame : value);
	}
	operand_move_rsp(regs, -(int64_t)(size * level) - (imm[0] | imm[1] << 8));
	gpr_write(regs, GPR_RBP, insn->mode == MODE_64 ? 8 : size, frame);
	return EXECUTE_OK;
}
