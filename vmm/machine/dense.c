/*
 * dense.c: the run after an access, on this machine's vCPU.
 *
 * vmm/access/run.c goes from access to access; here is when it may begin, who may interrupt it, and where
 * the registers go.
 */
#include "vmm/access/commit.h"
#include "vmm/declared/declared.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <sys/ioctl.h>

#define DR7_ENABLED 0xffull /* L0 to G3 */

static bool called(void *self)
{
	const struct cpu *c = self;

	return c->vcpu.run->immediate_exit || c->watch[0] || machine_stops(c->machine) ||
	       (c->machine->traced && traced_calls(c->machine));
}

static bool ended(void *self, enum outcome end)
{
	struct cpu *c = self;

	loop_settle(c, end);
	return end == OUTCOME_NEXT && !c->plan.partial && !declared_answered(&c->env, &c->plan);
}

static void put(void *self, const struct regs *regs, bool vector)
{
	struct cpu *c = self;

	commit_run(&c->vcpu, regs, vector);
}

/* The last access is done, all of it, and nothing is to be delivered before the next instruction. */
static bool is_free(const struct cpu *c)
{
	const struct kvm_vcpu_events *events = &c->vcpu.run->s.regs.events;
	const struct plan *plan = &c->plan;

	if (!plan->committed || plan->stepped[0] || plan->partial || plan->after.repeats)
		return false;
	if (declared_answered(&c->env, plan)) /* the kernel has let this thread go on, and times it */
		return false;
	return !events->exception.injected && !events->exception.pending && !events->interrupt.injected &&
	       !events->nmi.injected && !events->nmi.pending;
}

/* Breakpoints are the CPU's: it has to run the guest. */
static bool has_breakpoints(const struct cpu *c)
{
	struct kvm_debugregs debug;

	return ioctl(c->vcpu.fd, KVM_GET_DEBUGREGS, &debug) < 0 || (debug.dr7 & DR7_ENABLED);
}

void dense_run(struct cpu *c, uint64_t rip)
{
	struct run_host host = {.self = c, .called = called, .ended = ended, .put = put};

	if (!is_free(c) || called(c) || !run_is_worth(c->run, rip, &c->plan.after.regs))
		return;
	if (has_breakpoints(c)) {
		c->stats.breakpoints++;
		return;
	}
	c->way = WAY_RUN;
	run_go(c->run, &c->env, &c->plan, rip, &host);
}
