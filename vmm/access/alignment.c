#include "vmm/access/alignment.h"

#include <cpuid.h>
#include <string.h>

#define WIDE 16
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

unsigned alignment_checked(const struct insn *insn, const struct memref *ref, bool wide)
{
	if (insn->flags & INSN_MASKED)
		return 1; /* measured: neither gathers nor masked moves are checked */
	if (ref->size == M80)
		return M80_ALIGNMENT;
	if (ref->size & (ref->size - 1))
		return ENVIRONMENT_ALIGNMENT;
	if (ref->size < WIDE)
		return ref->size;
	return wide ? WIDE : 1;
}
