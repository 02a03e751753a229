#include "vmm/access/check.h"

#include "vmm/access/alignment.h"

#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_AC 17

/* The type bits of a code or data segment. Intel SDM Vol 3, "Code- and Data-Segment Descriptor Types". */
#define TYPE_CODE 0x8
#define TYPE_EXPAND_DOWN 0x4
#define TYPE_WRITABLE_OR_READABLE 0x2

bool canonical(const struct regs *regs, uint64_t address)
{
	unsigned shift = regs->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

	return (uint64_t)((int64_t)(address << shift) >> shift) == address;
}

/* Intel SDM Vol 3, "Limit Checking": expand-down data segments are valid above the limit, to 64 KiB or 4 GiB. */
static bool within_limit(const struct segment_reg *seg, const struct memref *ref)
{
	uint64_t last = ref->ea + ref->size - 1;
	bool expand_down = (seg->type & (TYPE_CODE | TYPE_EXPAND_DOWN)) == TYPE_EXPAND_DOWN;

	if (expand_down)
		return ref->ea > seg->limit && last <= (seg->big ? UINT32_MAX : UINT16_MAX);
	return last <= seg->limit;
}

/* Intel SDM Vol 3, "Type Checking": code is never written, and read only if its descriptor says so. */
static bool type_allows(const struct segment_reg *seg, enum mem_use use)
{
	bool code = seg->type & TYPE_CODE, second = seg->type & TYPE_WRITABLE_OR_READABLE;

	if (use != MEM_READ && (code || !second))
		return false;
	return !code || second;
}

/* Real mode loads segments without descriptors: only their limit counts. */
static bool segment_allows(const struct regs *regs, const struct memref *ref)
{
	const struct segment_reg *seg = &regs->seg[ref->seg];

	if ((regs->cr0 & CR0_PE) && (!seg->usable || !type_allows(seg, ref->use)))
		return false;
	return within_limit(seg, ref);
}

enum outcome check_segment(struct plan *plan, const struct memref *ref)
{
	const struct regs *regs = &plan->before;
	bool good;

	if (regs->mode == MODE_64)
		good = canonical(regs, ref->gva.v) && canonical(regs, ref->gva.v + ref->size - 1);
	else
		good = segment_allows(regs, ref);
	return good ? OUTCOME_NEXT : plan_fault(plan, ref->seg == SEG_SS ? VECTOR_SS : VECTOR_GP, true, 0);
}

enum outcome check_operand_alignment(struct plan *plan, const struct memref *ref)
{
	if (ref->role == MEMREF_OPERAND && (plan->insn->flags & INSN_ALIGNED) &&
	    (ref->gva.v - ref->at) % plan->insn->mem.align != 0)
		return plan_fault(plan, VECTOR_GP, true, 0);
	if (ref->role == MEMREF_COPY_DST && ref->gva.v % ref->size != 0)
		return plan_fault(plan, VECTOR_GP, true, 0); /* Intel SDM Vol 2, "MOVDIR64B" */
	return OUTCOME_NEXT;
}

enum outcome check_ac_on(const struct access_env *env, struct plan *plan, const struct memref *ref)
{
	if (ref->gva.v % alignment_checked(plan->insn, ref, env->wide_alignment) != 0)
		return plan_fault(plan, VECTOR_AC, true, 0);
	return OUTCOME_NEXT;
}
