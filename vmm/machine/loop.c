/*
 * loop.c: KVM_RUN, and what each exit leads to.
 */
#include "capmodel/rare.h"
#include "vmm/access/commit.h"
#include "vmm/access/fault.h"
#include "vmm/access/mmio.h"
#include "vmm/clock.h"
#include "vmm/declared/declared.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* A fault without a trapped operand is let run again this often; then it is an implicit access. */
#define RETRIES_MAX 4
/* Elements of a REP carried out between two KVM_RUNs, so that interrupts get in. */
#define ELEMENTS_MAX 1024

static uint64_t timed_ns(const struct cpu *c)
{
	return c->timed ? now_ns() : 0;
}

/* --- the way of one access ---------------------------------------------- */

static __attribute__((cold)) void stop_unsupported(struct cpu *c, const struct plan *plan)
{
	char bytes[3 * INSN_MAX + 1] = "";

	for (unsigned i = 0; i < plan->code_size; i++)
		snprintf(bytes + 3 * i, 4, " %02x", plan->code[i]);
	machine_stop(c, STOP_UNSUPPORTED, STATUS_UNSUPPORTED, "rip 0x%llx: %s; the bytes there:%s",
		     (unsigned long long)plan->before.rip, plan->why, bytes[0] ? bytes : " (none readable)");
}

/* Nothing of the instruction's own operands is trapped. Again and again? */
static __attribute__((cold)) bool is_unexplained(struct cpu *c, const struct regs *before)
{
	if (c->plan.busy)
		return false; /* it is the CPU's turn to wait */
	if (c->retry_rip != before->rip)
		c->retries = 0;
	c->retry_rip = before->rip;
	return ++c->retries >= RETRIES_MAX;
}

static void remember(struct cpu *c, const struct plan *plan)
{
	struct past *past = &c->history[c->nhistory % HISTORY];
	const struct access *a = &plan->parts[0].access;

	if (plan->nparts == 0 || plan->code_size == 0)
		return; /* nothing to tell, or an event's delivery */
	c->nhistory++;
	past->rip = plan->before.rip;
	past->gpa = a->gpa;
	past->size = a->size;
	past->op = a->op;
	past->mode = plan->before.mode;
	past->code_size = plan->code_size;
	memcpy(past->code, plan->code, INSN_MAX);
}

/* A guest that answers for pages of its own may have to be told; not by an event while another cannot be delivered. */
static bool asks_kernel(struct cpu *c, enum outcome *end)
{
	uint8_t vector;
	bool delivers = fault_in_delivery(&c->vcpu, &vector);

	if ((*end == OUTCOME_STOP || *end == OUTCOME_STEP) && delivers)
		return false;
	return declared_end(&c->env, &c->plan, delivers, end);
}

/* The ends that are the same for every way of an access. */
static void end_access(struct cpu *c, enum outcome end)
{
	struct plan *plan = &c->plan;

	if (rare(c->env.declared) && asks_kernel(c, &end))
		commit_ask(&c->vcpu);
	c->stats.ended[c->way][end]++;
	switch (end) {
	case OUTCOME_NEXT:
		remember(c, plan);
		c->retries = 0;
		if (c->machine->traced)
			traced_way_done(c);
		break;
	case OUTCOME_FAULT:
		commit_fault(&c->vcpu, plan);
		break;
	case OUTCOME_RETRY:
	case OUTCOME_SUSPEND:
		break;
	case OUTCOME_REFUSED:
		machine_stop(c, STOP_REFUSED, STATUS_GUEST, "rip 0x%llx: %s", (unsigned long long)plan->before.rip,
			     plan->why);
		break;
	case OUTCOME_STEP:
	case OUTCOME_STOP:
		stop_unsupported(c, plan);
		break;
	}
	access_complete(plan);
}

/* What accesses have made of the vector state, into the vCPU. */
static void put_vector(struct cpu *c)
{
	int err = commit_vector(&c->vcpu);

	if (err < 0)
		machine_stop(c, STOP_HOST, STATUS_HOST, "KVM_SET_XSAVE: %s", strerror(-err));
}

static void dispatch(struct cpu *c, enum exit_kind kind);

/* What nothing else carries out: on the vCPU itself, once, alone. */
static __attribute__((cold)) void step(struct cpu *c)
{
	struct step_end last = {.exit = EXIT_DEBUG};
	enum outcome end;

	put_vector(c);
	end = step_run(c->machine->step, &c->env, &c->vcpu, &c->plan, &last);
	c->stats.steps++;
	if (end == OUTCOME_NEXT)
		commit_step(&c->vcpu, &c->plan, last.traps);
	end_access(c, end);
	if (last.exit != EXIT_DEBUG)
		dispatch(c, last.exit);
}

/* OUTCOME_STEP, unless what would be stepped is for the guest's kernel to answer first. */
static __attribute__((cold)) enum outcome may_step(struct cpu *c, enum outcome end)
{
	enum outcome next;

	if (!c->env.declared || end == OUTCOME_FAULT)
		return OUTCOME_STEP;
	if (end == OUTCOME_RETRY && c->plan.suspended > 0)
		return end;
	next = declared_step(&c->env, &c->plan);
	return next == OUTCOME_NEXT ? OUTCOME_STEP : next;
}

void loop_settle(struct cpu *c, enum outcome end)
{
	struct plan *plan = &c->plan;
	uint8_t vector;

	/* one that faults while an event is delivered has faulted already: it is the delivery that is trapped */
	if (rare(end == OUTCOME_STEP || (end == OUTCOME_RETRY && !plan->admitted && is_unexplained(c, &plan->before)) ||
		 (end == OUTCOME_FAULT && fault_in_delivery(&c->vcpu, &vector)))) {
		end = may_step(c, end);
		if (end == OUTCOME_STEP)
			step(c);
		else
			end_access(c, end);
		return;
	}
	if (usual(end == OUTCOME_NEXT))
		commit_done(&c->vcpu, plan);
	end_access(c, end);
}

static void begin_way(struct cpu *c, enum way way)
{
	c->way = way;
	c->stats.begun[way]++;
}

/* Carry out one instruction (one element of a REP). True: the REP has elements left. */
static bool carry_out(struct cpu *c, const struct regs *before, enum access_cause cause, enum way way)
{
	enum outcome end;
	uint8_t vector;

	begin_way(c, way);
	end = access_run(&c->env, before, cause, &c->plan);
	loop_settle(c, end);
	/* an event after an element comes before the next */
	return end == OUTCOME_NEXT && c->plan.after.repeats && !fault_in_delivery(&c->vcpu, &vector);
}

static void access_from(struct cpu *c, struct regs *before, enum access_cause cause, enum way way)
{
	uint64_t start = timed_ns(c), rip = before->rip;

	for (unsigned i = 0; i < ELEMENTS_MAX && carry_out(c, before, cause, way); i++) {
		if (machine_stops(c->machine) || c->vcpu.run->immediate_exit)
			break;
		*before = c->plan.after.regs;
		cause = CAUSE_TRAP; /* an element without a trapped operand is the CPU's again */
		way = WAY_REPEAT;
	}
	if (c->run)
		dense_run(c, rip);
	put_vector(c);
	c->stats.access_ns += timed_ns(c) - start;
}

static void on_trap(struct cpu *c, enum access_cause cause)
{
	struct regs before;
	uint8_t vector;

	fault_photo(&c->vcpu, &before);
	if (cause == CAUSE_TRAP && rare(fault_in_delivery(&c->vcpu, &vector))) {
		begin_way(c, WAY_TRAP);
		access_begin(&c->env, &before, &c->plan); /* it is the delivery that was trapped */
		step(c);
		return;
	}
	if (rare(c->machine->traced))
		traced_at(c, &before);
	if (machine_stops(c->machine)) /* also one who could not hold the others: they may be at the page */
		return;
	access_from(c, &before, cause, cause == CAUSE_TRAP ? WAY_TRAP : WAY_EMULATION);
}

/* --- the other exits ----------------------------------------------------- */

static __attribute__((cold)) void on_mmio(struct cpu *c)
{
	struct space_slot slot;
	struct regs before;
	char why[200];

	space_find(c->machine->space, (gpa_t){c->vcpu.run->mmio.phys_addr}, &slot);
	if (slot.cap.type == CAP_NULL) {
		c->stats.mmio_absent++;
		serve_absent(c);
		return;
	}
	if (mmio_cancel(&c->env, &c->vcpu, &before, why, sizeof(why))) {
		access_from(c, &before, CAUSE_TRAP, WAY_MMIO);
		return;
	}
	c->stats.mmio_undone++;
	machine_stop(c, STOP_UNSUPPORTED, STATUS_UNSUPPORTED, "%s", why);
}

static void retry_deferred(struct cpu *c)
{
	struct regs regs;
	struct error e;

	if (atomic_load_explicit(&c->machine->ndeferred, memory_order_relaxed) == 0)
		return;
	fault_photo(&c->vcpu, &regs);
	if (!keep_is_due(c, &regs) || !machine_hold(c))
		return;
	if (keep_deferred(c, &regs, &e) < 0)
		machine_stop(c, STOP_HOST, e.status, "%s", e.text);
	machine_release(c);
}

static void dispatch(struct cpu *c, enum exit_kind kind)
{
	switch (kind) {
	case EXIT_INTERRUPTED:
		break;
	case EXIT_TRAP:
		on_trap(c, CAUSE_TRAP);
		break;
	case EXIT_EMULATION:
		on_trap(c, CAUSE_EMULATION);
		break;
	case EXIT_MMIO:
		on_mmio(c);
		break;
	case EXIT_PORT:
		serve_port(c);
		break;
	case EXIT_MSR:
		msr_refuse(&c->msrs, c->vcpu.run);
		break;
	case EXIT_HLT:
		serve_hlt(c);
		break;
	case EXIT_SHUTDOWN:
		machine_stop(c, STOP_TRIPLE_FAULT, STATUS_GUEST, "triple fault at rip 0x%llx",
			     (unsigned long long)c->vcpu.run->s.regs.regs.rip);
		break;
	case EXIT_SYSTEM:
		serve_system(c);
		break;
	case EXIT_INTERNAL:
		serve_internal(c);
		break;
	case EXIT_ENTRY_FAILED:
		machine_stop(c, STOP_HOST, STATUS_HOST, "the CPU refuses the guest's state: hardware reason 0x%llx",
			     (unsigned long long)c->vcpu.run->fail_entry.hardware_entry_failure_reason);
		break;
	case EXIT_DEBUG:
		machine_stop(c, STOP_HOST, STATUS_HOST, "KVM reports a debug stop at rip 0x%llx outside a private step",
			     (unsigned long long)c->vcpu.run->s.regs.regs.rip);
		break;
	case EXIT_OTHER:
	case EXIT_KINDS:
		machine_stop(c, STOP_HOST, STATUS_HOST, "KVM exit reason %u, which nobody asked for",
			     c->vcpu.run->exit_reason);
		break;
	case EXIT_ERROR:
		break; /* told where errno is known */
	}
}

static void kick(void *self)
{
	kick_vcpu(((struct cpu *)self)->vcpu.id);
}

static void run_once(struct cpu *c)
{
	struct kvm_run *run = c->vcpu.run;
	uint64_t start = timed_ns(c);
	int err = ioctl(c->vcpu.fd, KVM_RUN, 0) < 0 ? errno : 0;
	enum exit_kind kind = exit_classify(err, run);

	if (c->machine->traced)
		traced_came(c, kind);
	c->stats.run_ns += timed_ns(c) - start;
	c->stats.runs++;
	c->stats.exits[kind]++;
	/* then look at the flags: a kick in between sets it again */
	__atomic_store_n(&run->immediate_exit, 0, __ATOMIC_SEQ_CST);
	if (kind == EXIT_ERROR)
		machine_stop(c, STOP_HOST, STATUS_HOST, "KVM_RUN: %s", strerror(err));
	dispatch(c, kind);
	stop_poll(c);
}

static void run_cpu(struct cpu *c)
{
	struct machine *m = c->machine;

	kick_join(c->vcpu.id, c->vcpu.run); /* first: who is to be held must be there to be kicked */
	hold_join(m->hold, c->vcpu.id, kick, c);
	stop_poll(c);
	while (!machine_stops(m) && !c->halted) {
		run_once(c);
		retry_deferred(c);
		if (m->traced)
			traced_look(c);
		if (rare(atomic_load_explicit(&m->awaits_program, memory_order_relaxed)))
			programs_look(m);
		virtio_poll(c);
		hold_point(m->hold, c->vcpu.id);
	}
	fault_photo(&c->vcpu, &c->end);
	kick_leave(c->vcpu.id);
	hold_leave(m->hold, c->vcpu.id);
}

static void *run_thread(void *self)
{
	run_cpu(self);
	return NULL;
}

void loop_run(struct machine *m)
{
	pthread_t threads[CPUS_MAX];
	unsigned started = 1;
	int err = 0;

	atomic_store(&m->running, m->ncpus);
	atomic_store(&m->stopped, m->stop.kind != STOP_NONE);
	while (started < m->ncpus && err == 0) {
		err = kick_thread(&threads[started], run_thread, &m->cpus[started]);
		if (err == 0)
			started++;
	}
	if (err)
		machine_stop(&m->cpus[0], STOP_HOST, STATUS_HOST, "vCPU %u: no thread: %s", started, strerror(err));
	run_cpu(&m->cpus[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(threads[i], NULL);
}
