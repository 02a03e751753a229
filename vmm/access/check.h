/*
 * check.h: what the CPU checks of an address before it walks any page table, and #AC.
 *
 * Each gives OUTCOME_NEXT, or OUTCOME_FAULT with the plan's fault filled.
 */
#ifndef VMM_ACCESS_CHECK_H
#define VMM_ACCESS_CHECK_H

#include "vmm/access/access.h"

/* Is address canonical, by the 4 or 5 levels of tables that CR4 says? */
bool canonical(const struct regs *regs, uint64_t address);

/* 64-bit mode: canonical. Else the segment's type and limit. #SS through SS, #GP otherwise. */
enum outcome check_segment(struct plan *plan, const struct memref *ref);

/* The alignment that an SSE or 64-byte operand must have, always: #GP. */
enum outcome check_operand_alignment(struct plan *plan, const struct memref *ref);

/* The alignment check that CR0.AM, RFLAGS.AC and level 3 switch on: #AC. */
enum outcome check_ac_on(const struct access_env *env, struct plan *plan, const struct memref *ref);

static inline enum outcome check_ac(const struct access_env *env, struct plan *plan, const struct memref *ref)
{
	const struct regs *regs = &plan->before;
	bool on = regs->cpl == 3 && (regs->cr0 & CR0_AM) && (regs->rflags & RFLAGS_AC);

	return on ? check_ac_on(env, plan, ref) : OUTCOME_NEXT;
}

#endif
