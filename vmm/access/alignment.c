#include "vmm/access/alignment.h"

#include <cpuid.h>
#include <string.h>

#define WIDE 16
#define MASKMOV_ALIGNMENT 8
#define M80 10
#define M80_ALIGNMENT 8
#define ENVIRONMENT_ALIGNMENT 4 /* the fields of fnstenv, fnsave */

bool alignment_is_wide(void)
{
	unsigned a, name[3];

	if (!__get_cpuid(0, &a, &name[0], &name[2], &name[1]))
		return false;
	return memcmp(name, "AuthenticAMD", sizeof(name)) == 0 || memcmp(name, "HygonGenuine", sizeof(name)) == 0;
}

/* What the manuals leave open was measured on an AMD CPU with AVX-512. */
unsigned alignment_checked(const struct insn *insn, const struct memref *ref, bool wide)
{
	if (insn->mem.index_size)
		return 1; /* gathers and scatters are not checked */
	if (insn->element && insn->fields.encoding == ENC_EVEX &&
	    (insn->fields.mask || (insn->flags & INSN_COMPRESSED)))
		return wide ? insn->element : 1;
	if (insn->exec == EXEC_MASKMOV)
		return wide ? MASKMOV_ALIGNMENT : 1;
	if (insn->flags & INSN_MASKED)
		return 1; /* VEX masked moves */
	if (ref->size == M80)
		return M80_ALIGNMENT;
	if (ref->size & (ref->size - 1))
		return ENVIRONMENT_ALIGNMENT;
	if (ref->size < WIDE)
		return ref->size;
	return wide ? WIDE : 1;
}
