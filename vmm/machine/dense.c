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
	const struct machine *m = self;

	return m->vcpu.run->immediate_exit || m->watch[0] || m->stop.kind != STOP_NONE ||
	       (m->traced && traced_calls(m));
}

static bool ended(void *self, enum outcome end)
{
	struct machine *m = self;

	loop_settle(m, end);
	return end == OUTCOME_NEXT && !m->plan.partial && !declared_answered(&m->env, &m->plan);
}

static void put(void *self, const struct regs *regs, bool vector)
{
	struct machine *m = self;

	commit_run(&m->vcpu, regs, vector);
}

/* The last access is done, all of it, and nothing is to be delivered before the next instruction. */
static bool is_free(const struct machine *m)
{
	const struct kvm_vcpu_events *events = &m->vcpu.run->s.regs.events;
	const struct plan *plan = &m->plan;

	if (!plan->committed || plan->stepped[0] || plan->partial || plan->after.repeats)
		return false;
	if (declared_answered(&m->env, plan)) /* the kernel has let this thread go on, and times it */
		return false;
	return !events->exception.injected && !events->exception.pending && !events->interrupt.injected &&
	       !events->nmi.injected && !events->nmi.pending;
}

/* Breakpoints are the CPU's: it has to run the guest. */
static bool has_breakpoints(const struct machine *m)
{
	struct kvm_debugregs debug;

	return ioctl(m->vcpu.fd, KVM_GET_DEBUGREGS, &debug) < 0 || (debug.dr7 & DR7_ENABLED);
}

void dense_run(struct machine *m, uint64_t rip)
{
	struct run_host host = {.self = m, .called = called, .ended = ended, .put = put};

	if (!is_free(m) || called(m) || !run_is_worth(m->run, rip, &m->plan.after.regs))
		return;
	if (has_breakpoints(m)) {
		m->stats.breakpoints++;
		return;
	}
	m->way = WAY_RUN;
	run_go(m->run, &m->env, &m->plan, rip, &host);
}
