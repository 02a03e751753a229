/*
 * access.h: the way of one access.
 *
 *   fault -> decode -> resolve -> admit -> load -> execute -> store -> commit
 *
 * Phase 1 (to admit) changes nothing; phase 2 cannot be refused. Everything here
 * is pure of KVM: the photo of the registers comes in, the plan goes out, and
 * commit.c, which does know KVM, puts it into the vCPU.
 */
#ifndef VMM_ACCESS_ACCESS_H
#define VMM_ACCESS_ACCESS_H

#include "vmm/access/plan.h"

/* Why the monitor was entered: decides what happens when no operand is trapped. */
enum access_cause {
	CAUSE_TRAP, /* KVM_RUN failed with EFAULT: something of the instruction is trapped */
	CAUSE_EMULATION, /* KVM's emulator gave up on the instruction: carry it out whatever it touches */
	CAUSE_RUN, /* the monitor goes on by itself: access_run_on() */
};

/*
 * Carry out the instruction at before->rip. OUTCOME_NEXT: plan->after is to be
 * committed, then access_complete() to be called. Otherwise as enum outcome says.
 */
enum outcome access_run(struct access_env *env, const struct regs *before, enum access_cause cause, struct plan *plan);

/*
 * The same for an instruction of a run (run.h), which was decoded and found enabled: whatever it touches,
 * ordinary memory too. Unless plan->asked, what ends otherwise than in OUTCOME_NEXT has changed
 * nothing but accessed and dirty bits and the vector state that the plan was given, and is for the CPU to do.
 */
enum outcome access_run_on(struct access_env *env, const struct regs *before, const struct insn *insn,
			   struct plan *plan);

/* The record at the beginning of the way; access_run() does it first. */
void access_begin(struct access_env *env, const struct regs *before, struct plan *plan);

/* After commit (or after giving up): tell the keepers, give up ownership. */
void access_complete(struct plan *plan);

/* The stages, in order. */
enum outcome access_decode(struct access_env *env, struct plan *plan);
/* After OUTCOME_STEP of the former: is it a form without memory, which KVM could not emulate? Else OUTCOME_STEP again.
 */
enum outcome access_decode_register(struct access_env *env, struct plan *plan);
enum outcome access_resolve(struct access_env *env, struct plan *plan);
enum outcome access_admit(struct access_env *env, struct plan *plan);
enum outcome access_load(struct access_env *env, struct plan *plan);
/* The instruction itself, on plan->loaded; access_execute() is this, and the publishing of what is locked. */
enum outcome access_execute_once(struct access_env *env, struct plan *plan);
enum outcome access_execute(struct access_env *env, struct plan *plan);
void access_store(struct access_env *env, struct plan *plan);
/* After access_store(): further elements of a REP, where nobody need see them one by one. */
void access_repeat(const struct access_env *env, struct plan *plan);

/*
 * Split [gpa, gpa+size), which lies in one page, into parts by the capabilities
 * that serve it, and append them to the plan. use is MEM_READ, MEM_WRITE or both.
 */
enum outcome access_split(struct access_env *env, struct plan *plan, unsigned ref, unsigned at, gpa_t gpa,
			  unsigned size);

/*
 * Own the keeper of one part and have it admitted, as access_admit() does for all; out of
 * order of address, so it does not wait: OUTCOME_RETRY with *busy where somebody else owns it.
 */
enum outcome access_admit_part(struct access_env *env, struct plan *plan, struct part *part, bool *busy);

/*
 * Own the object, which the caller does not own yet, in the order of asking. Who has to wait is stopped meanwhile, as
 * far as a hold is concerned. False: while it waited the space has changed, or a page of the plan's (which may be NULL)
 * traps no more, and what was found there may be so no more.
 */
bool access_own(const struct access_env *env, const struct plan *plan, struct keeper *k);

/* Translate one address of the guest's for looking at code and data; false where it cannot be. */
bool access_translate(const struct access_env *env, const struct regs *regs, gva_t gva, enum walk_use use, gpa_t *gpa);

/* "fault rip=… gpa=… r8 | insn | keeper done | mem=… reg=…" for witness.tell; "step rip=…" in a private step. */
void access_line(const struct transaction *t, const struct access *a, const char *keeper, char *line, size_t size);

#endif
