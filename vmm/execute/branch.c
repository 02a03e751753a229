/* Near call, jmp through memory, near ret. Sources: Intel SDM Vol 2, the page of each. */
#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"

#define VECTOR_GP 13

/*
 * Go to target. A target that is not canonical, or beyond the code segment, is
 * #GP(0) at the branch itself.
 */
static enum execute_status go(const struct execution_in *in, struct execution_out *out, uint64_t target)
{
	unsigned unused_bits = in->regs->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;
	bool canonical = (uint64_t)((int64_t)(target << unused_bits) >> unused_bits) == target;

	if (in->insn->mode == MODE_64 ? !canonical : target > in->regs->seg[SEG_CS].limit) {
		out->vector = VECTOR_GP;
		return EXECUTE_EXCEPTION;
	}
	out->regs.rip = target;
	return EXECUTE_OK;
}

/* 66 on a near branch means different things on different CPUs in 64-bit mode. */
static bool size_is_known(const struct insn *insn)
{
	return insn->mode != MODE_64 || insn->op_size == 8;
}

/* The target of FF /2 and FF /4. */
static uint64_t through_rm(const struct execution_in *in)
{
	if (operand_rm_is_memory(in->insn))
		return operand_loaded(in, operand_ref(in, MEMREF_OPERAND));
	return gpr_read(in->regs, operand_rm_gpr(in->insn), in->insn->op_size);
}

static bool is_rm_branch(const struct insn *insn, unsigned digit)
{
	return insn->fields.map == MAP_0 && insn->fields.opcode == 0xff && (insn->fields.modrm >> 3 & 7) == digit;
}

enum execute_status handle_call(const struct execution_in *in, struct execution_out *out)
{
	const struct insn *insn = in->insn;
	int stack = operand_ref(in, MEMREF_STACK);
	uint64_t next = out->regs.rip;
	bool relative = insn->fields.map == MAP_0 && insn->fields.opcode == 0xe8;
	uint64_t target;

	if (stack < 0 || !size_is_known(insn) || !(relative || is_rm_branch(insn, 2)))
		return operand_refuse(out, "this is no near call that is known");
	target = relative ? gpr_cut(next + (uint64_t)operand_imm(insn), insn->op_size) : through_rm(in);
	operand_move_rsp(&out->regs, -(int64_t)insn->stack_use);
	operand_store(in, stack, out, next);
	return go(in, out, target);
}

enum execute_status handle_jmp(const struct execution_in *in, struct execution_out *out)
{
	if (!size_is_known(in->insn) || !is_rm_branch(in->insn, 4))
		return operand_refuse(out, "this is no near jmp that is known");
	return go(in, out, through_rm(in));
}

enum execute_status handle_ret(const struct execution_in *in, struct execution_out *out)
{
	const struct insn *insn = in->insn;
	int stack = operand_ref(in, MEMREF_STACK);
	uint8_t opcode = insn->fields.opcode;
	uint16_t freed = opcode == 0xc2 ? (uint16_t)operand_imm(insn) : 0;

	if (stack < 0 || !size_is_known(insn) || insn->fields.map != MAP_0 || (opcode & 0xfe) != 0xc2)
		return operand_refuse(out, "this is no near ret that is known");
	operand_move_rsp(&out->regs, (int64_t)insn->stack_use + freed);
	return go(in, out, operand_loaded(in, stack));
}
