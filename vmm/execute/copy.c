/* xlat and movdir64b. Sources: Intel SDM Vol 2, the page of each. */
#include "vmm/execute/gpr.h"
#include "vmm/execute/handlers.h"

#include <string.h>

enum execute_status handle_xlat(const struct execution_in *in, struct execution_out *out)
{
	if (in->nrefs != 1 || in->refs[0].use != MEM_READ || in->refs[0].size != 1)
		return operand_refuse(out, "xlat loads one byte");
	gpr_write(&out->regs, GPR_RAX, 1, in->loaded[0][0]);
	return EXECUTE_OK;
}

enum execute_status handle_copy64(const struct execution_in *in, struct execution_out *out)
{
	int from = operand_ref(in, MEMREF_OPERAND), to = operand_ref(in, MEMREF_COPY_DST);

	if (from < 0 || to < 0 || in->refs[from].size != 64 || in->refs[to].size != 64)
		return operand_refuse(out, "movdir64b copies 64 bytes");
	memcpy(out->stored[to], in->loaded[from], 64);
	return EXECUTE_OK;
}
