/* push, pop, pushf, popf, leave. Sources: Intel SDM Vol 2, the page of each. */
#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"

#define RFLAGS_IOPL 0x3000ull
#define RFLAGS_ID 0x200000ull
#define PUSHED_FLAGS 0xfcffffull /* VM and RF are cleared in the image */
#define POPPED_FLAGS                                                                                                   \
	(RFLAGS_STATUS | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_ID) /* at any privilege level */

static bool is_map_0(const struct insn *insn, uint8_t opcode)
{
	return insn->fields.map == MAP_0 && insn->fields.opcode == opcode;
}

/* push es, cs, ss, ds, and 0F A0 fs, 0F A8 gs. False if the opcode is none of them. */
static bool pushed_segment(const struct insn *insn, enum segment *out)
{
	uint8_t opcode = insn->fields.opcode;
	bool low = insn->fields.map == MAP_0 && (opcode & 0xe7) == 0x06;
	bool high = insn->fields.map == MAP_0F && (opcode == 0xa0 || opcode == 0xa8);

	if (!low && !high)
		return false;
	*out = low ? (enum segment)(opcode >> 3) : opcode == 0xa0 ? SEG_FS : SEG_GS;
	return true;
}

/* What is pushed. False if no push has this opcode. */
static bool pushed_value(const struct execution_in *in, uint64_t *value)
{
	const struct insn *insn = in->insn;
	const struct regs *regs = in->regs;
	uint8_t opcode = insn->fields.opcode;
	enum segment seg;

	if (pushed_segment(insn, &seg))
		*value = regs->seg[seg].selector; /* zero-extended; some CPUs write only these two bytes */
	else if (insn->fields.map != MAP_0)
		return false;
	else if ((opcode & 0xf8) == 0x50)
		*value = regs->gpr[(opcode & 7) | (insn->fields.rex & 1 ? 8 : 0)];
	else if (opcode == 0x68 || opcode == 0x6a)
		*value = (uint64_t)operand_imm(insn);
	else if (opcode == 0x9c)
		*value = regs->rflags & PUSHED_FLAGS;
	else if (opcode == 0xff && operand_rm_is_memory(insn))
		*value = operand_loaded(in, operand_ref(in, MEMREF_OPERAND));
	else if (opcode == 0xff)
		*value = regs->gpr[operand_rm_gpr(insn)];
	else
		return false;
	return true;
}

enum execute_status handle_push(const struct execution_in *in, struct execution_out *out)
{
	int stack = operand_ref(in, MEMREF_STACK);
	uint64_t value;

	if (in->regs->rflags & RFLAGS_VM)
		return operand_refuse(out, "virtual-8086 mode");
	if (stack < 0 || !pushed_value(in, &value))
		return operand_refuse(out, "this is no push that is known");
	operand_move_rsp(&out->regs, -(int64_t)in->insn->stack_use);
	operand_store(in, stack, out, value);
	return EXECUTE_OK;
}

/* Which flags popf may change: IOPL at CPL 0 only, IF where CPL is at most IOPL; never VM, VIF, VIP. */
static uint64_t popf_changes(const struct regs *regs, unsigned size)
{
	uint64_t changes = POPPED_FLAGS;

	if (regs->cpl == 0)
		changes |= RFLAGS_IOPL;
	if (regs->cpl <= (regs->rflags & RFLAGS_IOPL) >> 12)
		changes |= RFLAGS_IF;
	return gpr_cut(changes, size);
}

static enum execute_status popf(const struct execution_in *in, struct execution_out *out, uint64_t value)
{
	uint64_t changes = popf_changes(in->regs, in->insn->stack_use);

	if (value & RFLAGS_TF)
		return operand_refuse(out, "popf sets TF, and the single step it asks for is not carried out");
	out->regs.rflags = (out->regs.rflags & ~changes) | (value & changes) | RFLAGS_FIXED;
	return EXECUTE_OK;
}

/* Where the popped value goes; RSP has moved already, so that pop rsp overwrites it. */
static enum execute_status popped(const struct execution_in *in, struct execution_out *out, uint64_t value)
{
	const struct insn *insn = in->insn;
	unsigned size = insn->stack_use;
	int operand = operand_ref(in, MEMREF_OPERAND);

	if (is_map_0(insn, 0x9d))
		return popf(in, out, value);
	if (insn->fields.map == MAP_0 && (insn->fields.opcode & 0xf8) == 0x58)
		gpr_write(&out->regs, (insn->fields.opcode & 7) | (insn->fields.rex & 1 ? 8 : 0), size, value);
	else if (is_map_0(insn, 0x8f) && !operand_rm_is_memory(insn))
		gpr_write(&out->regs, operand_rm_gpr(insn), size, value);
	else if (is_map_0(insn, 0x8f) && operand >= 0)
		operand_store(in, operand, out, value);
	else
		return operand_refuse(out, "pop into a segment register");
	return EXECUTE_OK;
}

enum execute_status handle_pop(const struct execution_in *in, struct execution_out *out)
{
	int stack = operand_ref(in, MEMREF_STACK);

	if (in->regs->rflags & RFLAGS_VM)
		return operand_refuse(out, "virtual-8086 mode");
	if (stack < 0)
		return operand_refuse(out, "this is no pop that is known");
	operand_move_rsp(&out->regs, in->insn->stack_use);
	return popped(in, out, operand_loaded(in, stack));
}

enum execute_status handle_leave(const struct execution_in *in, struct execution_out *out)
{
	int stack = operand_ref(in, MEMREF_STACK);
	unsigned size = in->insn->stack_use;

	if (stack < 0 || !is_map_0(in->insn, 0xc9))
		return operand_refuse(out, "this is no leave that is known");
	gpr_write(&out->regs, GPR_RSP, in->regs->stack_size, in->regs->gpr[GPR_RBP] + size);
	gpr_write(&out->regs, GPR_RBP, size, operand_loaded(in, stack));
	return EXECUTE_OK;
}
