/*
 * step.h: the private step, the general way of one instruction.
 *
 * What no stub and no handler can carry out runs on the virtual CPU itself, once,
 * alone: the other vCPUs are held, every trapped page that the instruction can reach
 * is filled from its keepers and opened, one instruction is single-stepped with
 * interrupts blocked, what it changed goes to the keepers as stores, and the pages are
 * closed again. The same for an exception or interrupt whose delivery touches a
 * virtual page. docs/adr/0005 has the reasons, docs/caveats.md the policy of each role.
 *
 * It is not a way to run anything else: when it cannot be exact, it stops the guest.
 */
#ifndef VMM_ACCESS_STEP_H
#define VMM_ACCESS_STEP_H

#include "vmm/access/access.h"
#include "vmm/machine/exit.h"
#include "vmm/machine/hold.h"
#include "vmm/machine/vcpu.h"

struct step; /* the pages of a step while it lasts; one per machine, since steps are exclusive */

struct step_host {
	struct hold *hold; /* of the machine's vCPUs; the caller of step_run() is a member, by its vCPU's id */
	/* who answers exits in the middle of a step that have nothing to do with it: a port, a device, nothing */
	void *self;
	void (*serve)(void *self, struct vcpu *vcpu, enum exit_kind kind);
};

/* NULL when out of memory. host is copied. */
struct step *step_new(const struct step_host *host);
void step_free(struct step *s);

/* How a step ended. */
struct step_end {
	enum exit_kind exit; /* an exit that the caller is to look at; EXIT_DEBUG if there is none */
	bool traps; /* the guest's own trap flag was set: it gets its #DB now */
};

/*
 * After OUTCOME_STEP of access_run(), or for an EFAULT that no operand explains:
 * carry out the instruction at plan->before.rip, or deliver the event that KVM has
 * begun to deliver. As access_run(), but on OUTCOME_NEXT the vCPU has gone on already:
 * commit_step() is to be called instead of commit_done(), and *out is filled.
 * OUTCOME_RETRY: nothing was done, among others because a held vCPU owns an object that the
 * instruction touches. OUTCOME_STOP also if another vCPU does not stop. Never OUTCOME_STEP.
 */
enum outcome step_run(struct step *s, struct access_env *env, struct vcpu *vcpu, struct plan *plan,
		      struct step_end *out);

/* Can this KVM single-step at this level? Tried once, on a guest of its own. */
bool step_possible(struct step *s, unsigned cpl);

#endif
