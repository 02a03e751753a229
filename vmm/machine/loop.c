/*
 * loop.c: KVM_RUN, and what each exit leads to.
 */
#include "capmodel/rare.h"
#include "vmm/access/commit.h"
#include "vmm/access/fault.h"
#include "vmm/access/mmio.h"
#include "vmm/declared/declared.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

/* A fault without a trapped operand is let run again this often; then it is an implicit access. */
#define RETRIES_MAX 4
/* Elements of a REP carried out between two KVM_RUNs, so that interrupts get in. */
#define ELEMENTS_MAX 1024

static uint64_t now_ns(const struct machine *m)
{
	struct timespec t;

	if (!m->timed)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- the way of one access ---------------------------------------------- */

static __attribute__((cold)) void stop_unsupported(struct machine *m, const struct plan *plan)
{
	char bytes[3 * INSN_MAX + 1] = "";

	for (unsigned i = 0; i < plan->code_size; i++)
		snprintf(bytes + 3 * i, 4, " %02x", plan->code[i]);
	machine_stop(m, STOP_UNSUPPORTED, STATUS_UNSUPPORTED, "rip 0x%llx: %s; the bytes there:%s",
		     (unsigned long long)plan->before.rip, plan->why, bytes[0] ? bytes : " (none readable)");
}

/* Nothing of the instruction's own operands is trapped. Again and again? */
static __attribute__((cold)) bool is_unexplained(struct machine *m, const struct regs *before)
{
	if (m->retry_rip != before->rip)
		m->retries = 0;
	m->retry_rip = before->rip;
	return ++m->retries >= RETRIES_MAX;
}

static void remember(struct machine *m, const struct plan *plan)
{
	struct past *past = &m->history[m->nhistory % HISTORY];
	const struct access *a = &plan->parts[0].access;

	if (plan->nparts == 0 || plan->code_size == 0)
		return; /* nothing to tell, or an event's delivery */
	m->nhistory++;
	past->rip = plan->before.rip;
	past->gpa = a->gpa;
	past->size = a->size;
	past->op = a->op;
	past->mode = plan->before.mode;
	past->code_size = plan->code_size;
	memcpy(past->code, plan->code, INSN_MAX);
}

/* A guest that answers for pages of its own may have to be told; not by an event while another cannot be delivered. */
static bool asks_kernel(struct machine *m, enum outcome *end)
{
	uint8_t vector;
	bool delivers = fault_in_delivery(&m->vcpu, &vector);

	if ((*end == OUTCOME_STOP || *end == OUTCOME_STEP) && delivers)
		return false;
	return declared_end(&m->env, &m->plan, delivers, end);
}

/* The ends that are the same for every way of an access. */
static void end_access(struct machine *m, enum outcome end)
{
	struct plan *plan = &m->plan;

	if (rare(m->env.declared) && asks_kernel(m, &end))
		commit_ask(&m->vcpu);
	m->stats.ended[m->way][end]++;
	switch (end) {
	case OUTCOME_NEXT:
		remember(m, plan);
		m->retries = 0;
		if (m->traced)
			traced_way_done(m);
		break;
	case OUTCOME_FAULT:
		commit_fault(&m->vcpu, plan);
		break;
	case OUTCOME_RETRY:
	case OUTCOME_SUSPEND:
		break;
	case OUTCOME_REFUSED:
		machine_stop(m, STOP_REFUSED, STATUS_GUEST, "rip 0x%llx: %s", (unsigned long long)plan->before.rip,
			     plan->why);
		break;
	case OUTCOME_STEP:
	case OUTCOME_STOP:
		stop_unsupported(m, plan);
		break;
	}
	access_complete(plan);
}

/* What accesses have made of the vector state, into the vCPU. */
static void put_vector(struct machine *m)
{
	int err = commit_vector(&m->vcpu);

	if (err < 0)
		machine_stop(m, STOP_HOST, STATUS_HOST, "KVM_SET_XSAVE: %s", strerror(-err));
}

static void dispatch(struct machine *m, enum exit_kind kind);

/* What nothing else carries out: on the vCPU itself, once, alone. */
static __attribute__((cold)) void step(struct machine *m)
{
	struct step_end last = {.exit = EXIT_DEBUG};
	enum outcome end;

	put_vector(m);
	end = step_run(m->step, &m->env, &m->vcpu, &m->plan, &last);
	m->stats.steps++;
	if (end == OUTCOME_NEXT)
		commit_step(&m->vcpu, &m->plan, last.traps);
	end_access(m, end);
	if (last.exit != EXIT_DEBUG)
		dispatch(m, last.exit);
}

/* OUTCOME_STEP, unless what would be stepped is for the guest's kernel to answer first. */
static __attribute__((cold)) enum outcome may_step(struct machine *m, enum outcome end)
{
	enum outcome next;

	if (!m->env.declared || end == OUTCOME_FAULT)
		return OUTCOME_STEP;
	if (end == OUTCOME_RETRY && m->plan.suspended > 0)
		return end;
	next = declared_step(&m->env, &m->plan);
	return next == OUTCOME_NEXT ? OUTCOME_STEP : next;
}

void loop_settle(struct machine *m, enum outcome end)
{
	struct plan *plan = &m->plan;
	uint8_t vector;

	/* one that faults while an event is delivered has faulted already: it is the delivery that is trapped */
	if (rare(end == OUTCOME_STEP || (end == OUTCOME_RETRY && !plan->admitted && is_unexplained(m, &plan->before)) ||
		 (end == OUTCOME_FAULT && fault_in_delivery(&m->vcpu, &vector)))) {
		end = may_step(m, end);
		if (end == OUTCOME_STEP)
			step(m);
		else
			end_access(m, end);
		return;
	}
	if (usual(end == OUTCOME_NEXT))
		commit_done(&m->vcpu, plan);
	end_access(m, end);
}

static void begin_way(struct machine *m, enum way way)
{
	m->way = way;
	m->stats.begun[way]++;
}

/* Carry out one instruction (one element of a REP). True: the REP has elements left. */
static bool carry_out(struct machine *m, const struct regs *before, enum access_cause cause, enum way way)
{
	enum outcome end;
	uint8_t vector;

	begin_way(m, way);
	end = access_run(&m->env, before, cause, &m->plan);
	loop_settle(m, end);
	/* an event after an element comes before the next */
	return end == OUTCOME_NEXT && m->plan.after.repeats && !fault_in_delivery(&m->vcpu, &vector);
}

static void access_from(struct machine *m, struct regs *before, enum access_cause cause, enum way way)
{
	uint64_t start = now_ns(m), rip = before->rip;

	for (unsigned i = 0; i < ELEMENTS_MAX && carry_out(m, before, cause, way); i++) {
		if (m->stop.kind != STOP_NONE || m->vcpu.run->immediate_exit)
			break;
		*before = m->plan.after.regs;
		cause = CAUSE_TRAP; /* an element without a trapped operand is the CPU's again */
		way = WAY_REPEAT;
	}
	if (m->run)
		dense_run(m, rip);
	put_vector(m);
	m->stats.access_ns += now_ns(m) - start;
}

static void on_trap(struct machine *m, enum access_cause cause)
{
	struct regs before;
	uint8_t vector;

	fault_photo(&m->vcpu, &before);
	if (cause == CAUSE_TRAP && rare(fault_in_delivery(&m->vcpu, &vector))) {
		begin_way(m, WAY_TRAP);
		access_begin(&m->env, &before, &m->plan); /* it is the delivery that was trapped */
		step(m);
		return;
	}
	if (rare(m->traced))
		traced_at(m, &before);
	access_from(m, &before, cause, cause == CAUSE_TRAP ? WAY_TRAP : WAY_EMULATION);
}

/* --- the other exits ----------------------------------------------------- */

static __attribute__((cold)) void on_mmio(struct machine *m)
{
	struct space_slot slot;
	struct regs before;
	char why[200];

	space_find(m->space, (gpa_t){m->vcpu.run->mmio.phys_addr}, &slot);
	if (slot.cap.type == CAP_NULL) {
		m->stats.mmio_absent++;
		serve_absent(m);
		return;
	}
	if (mmio_cancel(&m->env, &m->vcpu, &before, why, sizeof(why))) {
		access_from(m, &before, CAUSE_TRAP, WAY_MMIO);
		return;
	}
	m->stats.mmio_undone++;
	machine_stop(m, STOP_UNSUPPORTED, STATUS_UNSUPPORTED, "%s", why);
}

static void retry_deferred(struct machine *m)
{
	struct regs regs;
	struct error e;

	if (m->ndeferred == 0)
		return;
	fault_photo(&m->vcpu, &regs);
	if (keep_deferred(m, &regs, &e) < 0)
		machine_stop(m, STOP_HOST, e.status, "%s", e.text);
}

static void dispatch(struct machine *m, enum exit_kind kind)
{
	switch (kind) {
	case EXIT_INTERRUPTED:
		break;
	case EXIT_TRAP:
		on_trap(m, CAUSE_TRAP);
		break;
	case EXIT_EMULATION:
		on_trap(m, CAUSE_EMULATION);
		break;
	case EXIT_MMIO:
		on_mmio(m);
		break;
	case EXIT_PORT:
		serve_port(m);
		break;
	case EXIT_HLT:
		serve_hlt(m);
		break;
	case EXIT_SHUTDOWN:
		machine_stop(m, STOP_TRIPLE_FAULT, STATUS_GUEST, "triple fault at rip 0x%llx",
			     (unsigned long long)m->vcpu.run->s.regs.regs.rip);
		break;
	case EXIT_SYSTEM:
		serve_system(m);
		break;
	case EXIT_INTERNAL:
		serve_internal(m);
		break;
	case EXIT_ENTRY_FAILED:
		machine_stop(m, STOP_HOST, STATUS_HOST, "the CPU refuses the guest's state: hardware reason 0x%llx",
			     (unsigned long long)m->vcpu.run->fail_entry.hardware_entry_failure_reason);
		break;
	case EXIT_DEBUG:
		machine_stop(m, STOP_HOST, STATUS_HOST, "KVM reports a debug stop at rip 0x%llx outside a private step",
			     (unsigned long long)m->vcpu.run->s.regs.regs.rip);
		break;
	case EXIT_OTHER:
	case EXIT_KINDS:
		machine_stop(m, STOP_HOST, STATUS_HOST, "KVM exit reason %u, which nobody asked for",
			     m->vcpu.run->exit_reason);
		break;
	case EXIT_ERROR:
		break; /* told where errno is known */
	}
}

static void kick(void *self)
{
	(void)self; /* there is one vCPU, and nobody who would kick it */
	kick_vcpu();
}

void loop_run(struct machine *m)
{
	struct kvm_run *run = m->vcpu.run;

	hold_join(m->hold, m->vcpu.id, kick, m);
	while (m->stop.kind == STOP_NONE) {
		uint64_t start = now_ns(m);
		int err = ioctl(m->vcpu.fd, KVM_RUN, 0) < 0 ? errno : 0;
		enum exit_kind kind = exit_classify(err, run);

		if (m->traced)
			traced_came(m, kind);
		m->stats.run_ns += now_ns(m) - start;
		m->stats.runs++;
		m->stats.exits[kind]++;
		run->immediate_exit = 0; /* then look at the flags: a kick in between sets it again */
		if (kind == EXIT_ERROR)
			machine_stop(m, STOP_HOST, STATUS_HOST, "KVM_RUN: %s", strerror(err));
		dispatch(m, kind);
		stop_poll(m);
		retry_deferred(m);
		if (m->traced)
			traced_look(m);
		hold_point(m->hold, m->vcpu.id);
	}
	hold_leave(m->hold, m->vcpu.id);
}
