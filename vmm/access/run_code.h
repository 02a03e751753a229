/*
 * run_code.h: the instructions of a run: read, decoded and sorted once, looked up by RIP and bytes.
 *
 * What a run carries out is closed: what has no kind here ends it.
 */
#ifndef VMM_ACCESS_RUN_CODE_H
#define VMM_ACCESS_RUN_CODE_H

#include "vmm/access/access.h"
#include "vmm/execute/flow.h"

enum run_kind {
	RUN_KIND_END, /* the run ends before it */
	RUN_KIND_MEMORY, /* by the way of every access */
	RUN_KIND_REGISTER, /* without memory, on the host CPU */
	RUN_KIND_FLOW, /* flow.h */
};

#define RUN_SLOTS 256

struct run_slot {
	uint8_t bytes[INSN_MAX + 1];
	uint8_t size; /* bytes that have to be the same: the instruction's, or all that were read; 0: empty */
	enum run_kind kind;
	enum flow flow;
	struct insn insn; /* unless RUN_KIND_END */
	int8_t stands_for_rsp; /* RUN_KIND_REGISTER: insn names this register where the guest's bytes name RSP; or
				  REG_NONE */
	/* what the last check of its being enabled found in order */
	bool checked;
	uint64_t cr0, cr4, xcr0;
};

struct run_code {
	struct run_slot slots[RUN_SLOTS];
};

/* Which kind an instruction of the closed table is. */
enum run_kind run_kind_of(const struct insn *insn);

/*
 * The instruction at regs->rip, in 64-bit mode, as the CPU would fetch it: the accessed bits
 * of its pages are set. NULL where it cannot be fetched so, or from a virtual page.
 */
struct run_slot *run_code_at(struct run_code *code, struct access_env *env, const struct regs *regs);

/* Would the CPU raise #UD or #NM at it? vector: the guest's, if the instruction uses it; else NULL. */
bool run_code_enabled(struct run_slot *slot, struct access_env *env, const struct regs *regs,
		      const struct vector_state *vector);

#endif
