/*
 * step_run.c: one instruction on the virtual CPU, or the delivery of one event: KVM_RUN with
 * the trap flag of KVM's stepping, until it has happened.
 */
#include "vmm/access/step_state.h"

#include "vmm/access/fault.h"
#include "vmm/access/mmio.h"
#include "vmm/doctor/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#ifndef KVM_GUESTDBG_BLOCKIRQ
#define KVM_GUESTDBG_BLOCKIRQ 0x00100000
#endif

/* Some KVMs report a stop without a step; more than these in a row are an instruction that jumps to itself. */
#define SPURIOUS_MAX 16
/* Kicks in a row before anything has happened; so many come to no machine. */
#define KICKS_MAX 100
/* Fragments of one access that KVM emulates. */
#define FRAGMENTS_MAX 64

/* An event ends at the fence of its handler. */
static bool needs_trap_flag(const struct step *s)
{
	return s->vector == STEP_NO_VECTOR;
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

bool step_possible(struct step *s, unsigned cpl)
{
	unsigned user = cpl == 3;

	if (!s->hosts[user].asked)
		ask_host(s, user);
	return s->hosts[user].steps;
}

enum outcome step_check_host(struct step *s, const char *why)
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

enum outcome step_disarm(struct step *s, enum outcome end)
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

/* A port, an MSR or an absent device: the machine answers, KVM finishes the instruction without running another. */
static void serve(struct step *s, enum exit_kind kind)
{
	for (unsigned i = 0; i < FRAGMENTS_MAX && (kind == EXIT_PORT || kind == EXIT_MMIO || kind == EXIT_MSR); i++) {
		s->served = true;
		s->host.serve(s->host.self, s->vcpu, kind);
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

/* Reports that came to nothing, in a row. */
struct vain {
	unsigned debug, kicks;
};

/*
 * A kick came before the instruction did anything. Its keepers have been asked to load, and are not asked twice: it is
 * run now, and what the kick was for, the loop looks at afterwards.
 */
static enum outcome go_on(struct step *s, struct vain *vain, bool *again)
{
	bool moved = has_moved(s);

	*again = !moved && ++vain->kicks < KICKS_MAX;
	if (*again)
		__atomic_store_n(&s->vcpu->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
	return moved || *again ? OUTCOME_NEXT : OUTCOME_RETRY;
}

/* What to do after one KVM_RUN. OUTCOME_NEXT with *again: run once more; without: the step is done. */
static enum outcome look_at(struct step *s, enum exit_kind kind, const char *why, struct vain *vain, bool *again)
{
	switch (kind) {
	case EXIT_DEBUG:
		*again = !has_moved(s) && ++vain->debug < SPURIOUS_MAX;
		return OUTCOME_NEXT;
	case EXIT_TRAP:
		*again = !has_moved(s);
		if (*again)
			return step_guess(s);
		step_look_at_target(s);
		return OUTCOME_NEXT;
	case EXIT_INTERRUPTED:
		return go_on(s, vain, again);
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
	case EXIT_MSR:
		serve(s, kind);
		*again = false;
		return OUTCOME_NEXT;
	case EXIT_EMULATION:
		if (has_moved(s)) { /* the handler's code, which is fenced */
			step_look_at_target(s);
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
	return kind == EXIT_TRAP || kind == EXIT_PORT || kind == EXIT_MMIO || kind == EXIT_MSR ||
	       kind == EXIT_INTERRUPTED || kind == EXIT_EMULATION;
}

enum outcome step_go(struct step *s, const char *why, struct step_end *out)
{
	enum outcome end = arm(s);
	struct vain vain = {0, 0};
	bool again = true;

	while (end == OUTCOME_NEXT && again) {
		int err = ioctl(s->vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;

		out->exit = exit_classify(err, s->vcpu->run);
		if (out->exit == EXIT_ERROR)
			return plan_stop(s->plan, "private step: KVM_RUN: %s", strerror(err));
		end = look_at(s, out->exit, why, &vain, &again);
	}
	if (is_dealt_with(out->exit))
		out->exit = EXIT_DEBUG;
	return end;
}
