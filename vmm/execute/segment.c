/* mov between memory and a segment register: the guest's, never the host's. */
#include "vmm/execute/handlers.h"

enum execute_status handle_segment(const struct execution_in *in, struct execution_out *out)
{
	const struct insn_fields *f = &in->insn->fields;
	unsigned seg = f->modrm >> 3 & 7;
	int operand = operand_ref(in, MEMREF_OPERAND);

	if (f->map != MAP_0 || f->opcode != 0x8c || operand < 0 || seg >= SEG_COUNT)
		return operand_refuse(out, "mov into a segment register");
	operand_store(in, operand, out, in->regs->seg[seg].selector);
	return EXECUTE_OK;
}
