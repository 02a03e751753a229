#include "vmm/access/alignment.h"

#include "decoder/table.h"

#include <cpuid.h>
#include <string.h>

#define VECTOR_MAX 64
#define WIDE 16
#define MASKMOV_ALIGNMENT 8
#define M80 10
#define M80_ALIGNMENT 8
#define ENVIRONMENT_16 14 /* fnstenv, fnsave with an operand size of 16 bits */
#define SAVE_16 94
#define ENVIRONMENT_ALIGNMENT 4 /* the fields of fnstenv, fnsave, fxsave */

bool alignment_is_wide(void)
{
	unsigned a, name[3];

	if (!__get_cpuid(0, &a, &name[0], &name[2], &name[1]))
		return false;
	return memcmp(name, "AuthenticAMD", sizeof(name)) == 0 || memcmp(name, "HygonGenuine", sizeof(name)) == 0;
}

/* Elements by a mask register, or compressed: AMD checks them one by one. 0: neither. */
static unsigned element_of(const struct insn *insn)
{
	const struct table_row *row = table_row(insn->row);
	bool compressed = row->mask == MASK_COMPRESSED && row->use == MEM_WRITE;

	if (insn->fields.encoding != ENC_EVEX || (!(insn->flags & INSN_MASKED) && !compressed))
		return 0;
	return row->element;
}

/* What the manuals leave open was measured on an AMD CPU with AVX-512. */
unsigned alignment_checked(const struct insn *insn, const struct memref *ref, bool wide)
{
	unsigned size = ref->role == MEMREF_OPERAND && insn->mem.size > ref->size ? insn->mem.size : ref->size;

	if (insn->mem.index_size)
		return 1; /* gathers and scatters are not checked */
	if (element_of(insn))
		return wide ? element_of(insn) : 1;
	if (insn->exec == EXEC_MASKMOV) /* as a whole; its active bytes then are not */
		return wide && ref->size == insn->op_size && ref->at == 0 ? MASKMOV_ALIGNMENT : 1;
	if (insn->flags & INSN_MASKED)
		return 1; /* VEX masked moves */
	if (table_row(insn->row)->mem_size == MS_FAR && ref->role == MEMREF_OPERAND)
		return insn->op_size; /* Intel SDM Vol 3, "Alignment Requirements by Data Type": m16:16 2, m16:32 4 */
	if (size == M80)
		return M80_ALIGNMENT;
	if (size == ENVIRONMENT_16 || size == SAVE_16)
		return 2;
	if (size > VECTOR_MAX || (size & (size - 1)))
		return ENVIRONMENT_ALIGNMENT;
	if (size < WIDE)
		return size;
	return wide ? WIDE : 1;
}
