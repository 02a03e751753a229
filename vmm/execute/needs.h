/*
 * needs.h: what an instruction needs of the CPU, and what is raised without it.
 *
 * #UD where the guest's CPUID does not offer the instruction or the system
 * has not enabled its registers; #NM where it wants to be told of their use.
 * Sources: Intel SDM Vol 2, "Exception Classifications"; Vol 3, "Control
 * Registers", "Device-Not-Available Exception".
 */
#ifndef VMM_EXECUTE_NEEDS_H
#define VMM_EXECUTE_NEEDS_H

#include "decoder/insn.h"
#include "vmm/execute/features.h"

/* Whose registers it uses: that decides which control bits count. */
enum unit { UNIT_INTEGER, UNIT_X87, UNIT_MMX, UNIT_SSE, UNIT_AVX, UNIT_AVX512, UNIT_FXSAVE, UNIT_XSAVE };

struct needs {
	enum unit unit;
	bool vex_integer; /* VEX on general registers: no enable bit, but it needs protected mode */
	uint64_t features; /* all of these, bits by enum feature */
};

/* Nearly everything: an integer instruction that every CPU has, so that needs_of() is not worth asking. */
static inline bool needs_nothing(const struct insn *insn)
{
	return !(insn->flags & INSN_VECTOR) && insn->fields.encoding == ENC_LEGACY && insn->fields.map == MAP_0;
}

/* Does xcr0 have the registers of this unit? */
bool needs_registers(enum unit unit, uint64_t xcr0);

/* Searches all rows: for once per instruction, not once per access. */
struct needs needs_of(const struct insn *insn);

/*
 * The components of the vector state (XSTATE_*) that an instruction of this unit reads or writes, so that
 * the others need not be loaded to run it. 0: none.
 */
uint8_t needs_components(const struct insn *insn, enum unit unit);

#define NEEDS_MET (-1)

/*
 * The vector of the exception that is raised before the instruction touches
 * anything, or NEEDS_MET. xcr0 is the guest's.
 */
int needs_unmet(const struct needs *needs, const struct regs *regs, const struct features *features, uint64_t xcr0);

#endif
