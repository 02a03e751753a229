#include "vmm/access/step_state.h"

#include "vmm/access/commit.h"
#include "vmm/access/fault.h"
#include "vmm/access/mmio.h"
#include "vmm/doctor/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#ifndef KVM_GUESTDBG_BLOCKIRQ
#define KVM_GUESTDBG_BLOCKIRQ 0x00100000
#endif

/* Some KVMs report a stop without a step; more than these in a row are an instruction that jumps to itself. */
#define SPURIOUS_MAX 16
/* Fragments of one access that KVM emulates. */
#define FRAGMENTS_MAX 64

/*
 * Only the vCPU of the step may run while pages are open. There is one vCPU: nobody to hold. With
 * more, this waits until each of the others is out of KVM_RUN and out of its accesses.
 */
static void hold_others(struct step *s, bool hold)
{
	(void)s;
	(void)hold;
}

/* --- page tables as the walk of a step sees them ----------------------------------------- */

static void *table_entry(void *self, gpa_t gpa, unsigned entry_size)
{
	struct step *s = self;
	struct step_page *page = step_page_of(s, gpa);
	unsigned at = gpa.v & PAGE_MASK;

	if (!page && trap_get(s->env->trap, gpa) != TRAP_NONE)
		return NULL;
	if (page && !(page->given[at / 8] & 1u << at % 8))
		return NULL; /* its keeper has not been asked */
	if (!page)
		step_note(s, gpa);
	return ram_bytes(s->env->ram, gpa, entry_size);
}

struct step *step_new(const struct step_host *host)
{
	struct step *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->host = *host;
	s->tables = (struct walk_memory){.self = s, .entry = table_entry};
	return s;
}

void step_free(struct step *s)
{
	free(s);
}

static void begin(struct step *s, struct access_env *env, struct vcpu *vcpu, struct plan *plan)
{
	uint8_t vector;

	s->env = env;
	s->vcpu = vcpu;
	s->plan = plan;
	s->npages = s->nused = s->nfences = s->nhandlers = s->loaded = s->guess = 0;
	s->patched = s->at_fence = s->has_error = s->software = s->one_element = false;
	s->from = plan->before;
	s->in_delivery = fault_in_delivery(vcpu, &vector);
	s->vector = STEP_NO_VECTOR;
	plan->vector = NULL; /* what an executor made of it does not count */
	plan->partial = plan->deferred = plan->vector_changed = false;
	if (plan->admitted)
		return; /* its operands were loaded before an executor gave up: they are not loaded again */
	access_complete(plan);
	plan->nrefs = plan->nparts = plan->nwalks = 0;
}

/* --- what it can touch ---------------------------------------------------------------------- */

/* The pages of operands that were admitted before the step. */
static enum outcome open_admitted(struct step *s)
{
	struct plan *plan = s->plan;

	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];
		struct step_page *page;
		enum outcome end;

		if (!part->trapped || step_page_of(s, (gpa_t){part->access.gpa}))
			continue;
		if ((end = step_open(s, (gpa_t){part->access.gpa}, &page)) != OUTCOME_NEXT)
			return end;
	}
	step_load(s);
	return OUTCOME_NEXT;
}

static enum outcome gather(struct step *s)
{
	struct plan *plan = s->plan;
	enum outcome end;

	if (s->in_delivery) {
		step_event_find(s);
		snprintf(plan->stepped, sizeof(plan->stepped), "(delivery of vector %d)", s->vector);
		return step_event_reach(s);
	}
	if (plan->admitted && (end = open_admitted(s)) != OUTCOME_NEXT)
		return end;
	if ((end = step_fetch(s)) != OUTCOME_NEXT || (end = step_event_software(s)) != OUTCOME_NEXT)
		return end;
	if (s->vector != STEP_NO_VECTOR)
		return step_event_reach(s);
	step_one_element(s);
	return plan->admitted ? OUTCOME_NEXT : step_operands(s);
}

/* --- running it ------------------------------------------------------------------------------- */

/* An event ends at the fence of its handler; in other modes than long mode there is none. */
static bool needs_trap_flag(const struct step *s)
{
	return s->vector == STEP_NO_VECTOR || !(s->plan->before.efer & EFER_LMA);
}

/* How this KVM behaves at the guest's level: asked once, by trying it on a guest of its own. */
static void ask_host(struct step *s, unsigned user)
{
	struct doctor_item item;

	s->hosts[user].asked = true;
	if (doctor_ask(user ? DOCTOR_LOAD_3 : DOCTOR_LOAD_0, &item, s->hosts[user].why, sizeof(s->hosts[user].why)))
		return;
	s->hosts[user].emulates = item.result == DOCTOR_EMULATED;
	if (doctor_ask(user ? DOCTOR_STEP_3 : DOCTOR_STEP_0, &item, s->hosts[user].why, sizeof(s->hosts[user].why)))
		return;
	s->hosts[user].steps = item.result == DOCTOR_YES;
	snprintf(s->hosts[user].why, sizeof(s->hosts[user].why), "%s", item.detail);
}

static enum outcome check_host(struct step *s, const char *why)
{
	unsigned user = s->plan->before.cpl == 3;

	if (!s->hosts[user].asked)
		ask_host(s, user);
	s->interpreted = s->hosts[user].emulates;
	if (!needs_trap_flag(s) || s->hosts[user].steps)
		return OUTCOME_NEXT;
	return plan_stop(s->plan, "%s; and this KVM cannot single-step at CPL %u: %s", why, s->plan->before.cpl,
			 s->hosts[user].why);
}

/* KVM_RUN without running the guest: what is pending in KVM and in the sync area becomes the vCPU's. */
static int settle_vcpu(struct step *s)
{
	struct kvm_run *run = s->vcpu->run;
	int err;

	run->immediate_exit = 1;
	err = ioctl(s->vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;
	run->immediate_exit = 0; /* a kick is a flag too, which the loop looks at */
	return err;
}

static enum outcome arm(struct step *s)
{
	struct kvm_guest_debug debug = {.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_BLOCKIRQ};

	if (needs_trap_flag(s))
		debug.control |= KVM_GUESTDBG_SINGLESTEP;
	if (s->vcpu->run->kvm_dirty_regs)
		settle_vcpu(s); /* KVM notes RIP when stepping is turned on */
	if (ioctl(s->vcpu->fd, KVM_SET_GUEST_DEBUG, &debug) < 0)
		return plan_stop(s->plan, "private step: KVM_SET_GUEST_DEBUG: %s", strerror(errno));
	return OUTCOME_NEXT;
}

static enum outcome disarm(struct step *s, enum outcome end)
{
	struct kvm_guest_debug debug = {.control = 0};

	if (ioctl(s->vcpu->fd, KVM_SET_GUEST_DEBUG, &debug) < 0)
		return plan_stop(s->plan, "private step: KVM_SET_GUEST_DEBUG: %s", strerror(errno));
	return end;
}

/* Has anything happened since the step began? */
static bool has_moved(const struct step *s)
{
	const struct regs *before = &s->from;
	uint64_t flags = ~(RFLAGS_TF | RFLAGS_RF);
	struct regs now;
	uint8_t vector;

	fault_photo(s->vcpu, &now);
	return now.rip != before->rip || memcmp(now.gpr, before->gpr, sizeof(now.gpr)) != 0 ||
	       ((now.rflags ^ before->rflags) & flags) || fault_in_delivery(s->vcpu, &vector) != s->in_delivery;
}

/* A port or an absent device: the machine answers, KVM finishes the instruction without running another. */
static void serve(struct step *s, enum exit_kind kind)
{
	for (unsigned i = 0; i < FRAGMENTS_MAX && (kind == EXIT_PORT || kind == EXIT_MMIO); i++) {
		s->host.serve(s->host.self, kind);
		kind = exit_classify(settle_vcpu(s), s->vcpu->run);
	}
}

/* KVM emulates the instruction and came to a page that is still closed: now its address is known. */
static enum outcome open_emulated(struct step *s)
{
	gpa_t gpa = {s->vcpu->run->mmio.phys_addr & ~PAGE_MASK};
	struct regs before;
	char why[200];
	enum outcome end;

	if (step_page_of(s, gpa) || !mmio_cancel(s->env, s->vcpu, &before, why, sizeof(why)))
		return plan_stop(s->plan, "private step: KVM emulates an access to gpa 0x%llx that cannot be undone",
				 (unsigned long long)gpa.v);
	if ((end = step_access_any(s, (gva_t){gpa.v}, gpa, PAGE_SIZE)) != OUTCOME_NEXT)
		return end;
	step_load(s);
	return arm(s);
}

static bool is_absent(const struct step *s)
{
	struct space_slot slot;

	space_find(s->env->space, (gpa_t){s->vcpu->run->mmio.phys_addr}, &slot);
	return slot.cap.type == CAP_NULL;
}

/* What to do after one KVM_RUN. OUTCOME_NEXT with *again: run once more; without: the step is done. */
static enum outcome look_at(struct step *s, enum exit_kind kind, const char *why, unsigned *spurious, bool *again)
{
	switch (kind) {
	case EXIT_DEBUG:
		*again = !has_moved(s) && ++*spurious < SPURIOUS_MAX;
		return OUTCOME_NEXT;
	case EXIT_TRAP:
		*again = !has_moved(s);
		return *again ? step_guess(s) : OUTCOME_NEXT;
	case EXIT_INTERRUPTED:
		*again = false;
		return has_moved(s) ? OUTCOME_NEXT : OUTCOME_RETRY;
	case EXIT_MMIO:
		if (!is_absent(s)) {
			*again = true;
			return open_emulated(s);
		}
		serve(s, kind);
		*again = !has_moved(s);
		return *again ? arm(s) : OUTCOME_NEXT;
	case EXIT_PORT:
		if (step_is_at_fence(s))
			settle_vcpu(s); /* KVM takes it for done; RIP is put back */
		else
			serve(s, kind);
		*again = false;
		return OUTCOME_NEXT;
	case EXIT_EMULATION:
		if (has_moved(s)) { /* the handler's code, which is fenced */
			*again = false;
			return OUTCOME_NEXT;
		}
		return plan_stop(s->plan, "%s; and KVM cannot emulate \"%s\" in a step", why, s->plan->stepped);
	case EXIT_HLT:
	case EXIT_INTERNAL:
	case EXIT_SHUTDOWN:
	case EXIT_ENTRY_FAILED:
	case EXIT_SYSTEM:
	case EXIT_OTHER:
	case EXIT_ERROR:
	case EXIT_KINDS:
		*again = false;
		return OUTCOME_NEXT;
	}
	return OUTCOME_NEXT;
}

static bool is_dealt_with(enum exit_kind kind)
{
	return kind == EXIT_TRAP || kind == EXIT_PORT || kind == EXIT_MMIO || kind == EXIT_INTERRUPTED ||
	       kind == EXIT_EMULATION;
}

static enum outcome run(struct step *s, const char *why, struct step_end *out)
{
	enum outcome end = arm(s);
	unsigned spurious = 0;
	bool again = true;

	while (end == OUTCOME_NEXT && again) {
		int err = ioctl(s->vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;

		out->exit = exit_classify(err, s->vcpu->run);
		if (out->exit == EXIT_ERROR)
			return plan_stop(s->plan, "private step: KVM_RUN: %s", strerror(err));
		end = look_at(s, out->exit, why, &spurious, &again);
	}
	if (is_dealt_with(out->exit))
		out->exit = EXIT_DEBUG;
	return end;
}

/* --- the whole ------------------------------------------------------------------------------------ */

static enum outcome settle(struct step *s, struct step_end *out)
{
	struct plan *plan = s->plan;
	enum outcome end;

	fault_photo(s->vcpu, &plan->after.regs);
	plan->after.repeats = false;
	if (s->one_element)
		step_element_done(s, &plan->after.regs);
	if (s->at_fence)
		plan->after.regs.rip = s->fence_rip;
	out->traps = (plan->before.rflags & RFLAGS_TF) && s->vector == STEP_NO_VECTOR &&
		     plan->after.regs.rip != plan->before.rip;
	step_unfence(s);
	if ((end = disarm(s, OUTCOME_NEXT)) != OUTCOME_NEXT)
		return end;
	step_flags(s, &plan->after.regs);
	return step_settle(s);
}

enum outcome step_run(struct step *s, struct access_env *env, struct vcpu *vcpu, struct plan *plan,
		      struct step_end *out)
{
	struct step_end last = {.exit = EXIT_DEBUG};
	char why[sizeof(plan->why)];
	enum outcome end;

	memcpy(why, plan->why, sizeof(why));
	hold_others(s, true);
	begin(s, env, vcpu, plan);
	end = gather(s);
	if (end == OUTCOME_NEXT)
		end = check_host(s, why);
	if (end == OUTCOME_NEXT) {
		step_fence(s);
		end = run(s, why, &last);
		end = end == OUTCOME_NEXT ? settle(s, &last) : disarm(s, end);
	}
	if (end == OUTCOME_FAULT && s->in_delivery)
		end = plan_stop(plan, "a keeper denies what delivering vector %d accesses", s->vector);
	if (end != OUTCOME_NEXT)
		step_undo(s);
	if (end != OUTCOME_NEXT && s->one_element)
		commit_cancel(vcpu, &plan->before);
	if (end != OUTCOME_NEXT && s->software)
		commit_interrupt_cancel(vcpu, &plan->before);
	step_unfence(s);
	if (step_close(s) < 0)
		end = plan_stop(plan, "private step: a page cannot be closed again");
	if (end == OUTCOME_NEXT) {
		step_store(s);
		*out = last;
	}
	hold_others(s, false);
	return end;
}
