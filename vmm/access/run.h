/*
 * run.h: after an access, the guest's next instructions too, while virtual accesses keep coming.
 *
 * An exit of the guest costs more than hundreds of instructions carried out here. So once
 * an access is done the monitor goes on by itself, with the same decoder, stubs and
 * handlers, from one virtual access to the next. A run is no interpreter: it is short, it ends before
 * everything that it does not know, and what it ends before the CPU does. docs/adr/0006 has the rules.
 *
 * It knows no KVM: who calls it puts the registers into the vCPU, through struct run_host.
 */
#ifndef VMM_ACCESS_RUN_H
#define VMM_ACCESS_RUN_H

#include "vmm/access/access.h"

#define RUN_LENGTH_DEFAULT 1000 /* instructions; an element of a REP is one */
#define RUN_LENGTH_MAX 1000000
#define RUN_NS_DEFAULT 200000 /* and so long: then interrupts get in */
#define RUN_GAP_MAX 16 /* instructions without a virtual access */

/* Why a run ended. Nothing of the instruction that it ended before has happened, but with RUN_ACCESS. */
enum run_end {
	RUN_LENGTH, /* as many instructions as one run may have */
	RUN_TIME,
	RUN_GAP, /* no virtual access for RUN_GAP_MAX instructions */
	RUN_CALLED, /* somebody waits for the vCPU's thread, or the guest is to stop */
	RUN_INSTRUCTION, /* one that a run does not carry out */
	RUN_CODE, /* bytes at RIP that cannot be read, or lie on a virtual page */
	RUN_OPERAND, /* a fault, or an operand that is neither memory nor kept: the CPU finds it itself */
	RUN_EXCEPTION, /* the instruction is not enabled, or raises an exception: the CPU raises it */
	RUN_ACCESS, /* a virtual access that its keeper denied, or that ended otherwise than well */
	RUN_ENDS
};

const char *run_end_name(enum run_end end);

struct run_stats {
	uint64_t runs, instructions, accesses; /* carried out in runs; accesses are those that a keeper answered */
	uint64_t asked; /* instructions whose keepers were asked, however they ended */
	uint64_t ends[RUN_ENDS];
};

/* What a run asks of the machine. */
struct run_host {
	void *self;
	/* Does anybody wait for this thread? Asked before each instruction. */
	bool (*called)(void *self);
	/*
	 * An access of the plan's that keepers were asked for has come to this end; as after
	 * access_run(): commit it, or fault, or step. False: the run is over.
	 */
	bool (*ended)(void *self, enum outcome end);
	/* These are the guest's registers now; vector: and its vector state has changed. */
	void (*put)(void *self, const struct regs *regs, bool vector);
};

struct run; /* instructions seen, and which places paid; for one thread at a time */

/* One run has so many instructions at most, 1..RUN_LENGTH_MAX, and takes so long. NULL when out of memory. */
struct run *run_new(unsigned length, uint64_t ns);
void run_free(struct run *run);

/*
 * After an access at rip that left the guest with these registers: may a run begin, and do the last
 * ones from there say that it pays? Not its business: breakpoints, and events under way.
 */
bool run_is_worth(struct run *run, uint64_t rip, const struct regs *after);

/* Run from plan->after.regs on, which the vCPU has already; rip is the access's, as above. */
void run_go(struct run *run, struct access_env *env, struct plan *plan, uint64_t rip, const struct run_host *host);

const struct run_stats *run_stats(const struct run *run);

#endif
