/*
 * admit.c: every object touched is owned, then every keeper is asked.
 *
 * Ownership is taken in the order of the objects' addresses, so that two vCPUs
 * whose instructions touch the same two objects cannot wait for each other.
 */
#include "capmodel/rare.h"
#include "vmm/access/access.h"
#include "vmm/machine/hold.h"

static struct keeper *keeper_behind(const struct capability *forwarder)
{
	struct capability object = cap_resolve(*forwarder);

	return object.type == CAP_ENTRY ? object.object.keeper : NULL;
}

/* By pointer: a capability passed on right after its fields were looked at waits for them. */
static struct keeper *keeper_of(const struct capability *cap)
{
	if (cap->type == CAP_ENTRY)
		return cap->object.keeper;
	return cap->type == CAP_FORWARDER ? keeper_behind(cap) : NULL;
}

static bool owns(const struct plan *plan, const struct keeper *k)
{
	for (unsigned i = 0; i < plan->nparts; i++)
		if (plan->parts[i].owned == k)
			return true;
	return false;
}

struct claim {
	struct keeper *keeper; /* NULL: there is none */
	struct part *part; /* the first that is its */
	bool last; /* no other has a higher address */
};

/* The keeper with the lowest address above the one claimed before. */
static struct claim next_claim(struct plan *plan, const struct keeper *before)
{
	struct claim next = {NULL, NULL, true};

	for (unsigned i = 0; i < plan->nparts; i++) {
		struct keeper *k = keeper_of(&plan->parts[i].cap);

		if ((uintptr_t)k <= (uintptr_t)before || k == next.keeper)
			continue;
		next.last &= !next.keeper;
		if (!next.keeper || (uintptr_t)k < (uintptr_t)next.keeper) {
			next.keeper = k;
			next.part = &plan->parts[i];
		}
	}
	return next;
}

/* Who waits may be held, and is then asked to wait on: the object may be the holder's own. */
static __attribute__((cold, noinline)) bool wait_for(const struct access_env *env, struct keeper *k, unsigned ticket)
{
	uint64_t changes = space_changes(env->space);

	if (lock_look(&k->owner, ticket) || !env->hold) {
		lock_wait(&k->owner, ticket);
		lock_hold(&k->owner);
		return true;
	}
	hold_pause(env->hold, env->vcpu);
	lock_wait(&k->owner, ticket);
	lock_hold(&k->owner);
	hold_resume(env->hold, env->vcpu);
	return space_changes(env->space) == changes;
}

/* Does the guest still trap where it did when the access was planned? The one before may have opened the page. */
static __attribute__((cold, noinline)) bool still_trapped(const struct access_env *env, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct access *a = &plan->parts[i].access;

		if (plan->parts[i].trapped && !trap_catches(env->trap, (gpa_t){a->gpa}, a->op != ACCESS_LOAD))
			return false;
	}
	return true;
}

bool access_own(const struct access_env *env, const struct plan *plan, struct keeper *k)
{
	unsigned ticket;

	return usual(lock_draw(&k->owner, &ticket)) ||
	       (wait_for(env, k, ticket) && (!plan || still_trapped(env, plan)));
}

static enum outcome own_all(const struct access_env *env, struct plan *plan)
{
	struct claim c = {NULL, NULL, false};

	while (!c.last) {
		bool same;

		c = next_claim(plan, c.keeper);
		if (!c.keeper)
			break;
		same = access_own(env, plan, c.keeper);
		c.part->owned = c.keeper;
		if (rare(!same)) {
			plan->busy = true;
			return OUTCOME_RETRY;
		}
	}
	return OUTCOME_NEXT;
}

/* A keeper reached by FORWARD is out of order: if it is busy, let go of all and come again. */
static enum outcome own_forwarded(struct plan *plan, struct part *part, bool *busy)
{
	struct keeper *k = part->who.type == CAP_ENTRY ? part->who.object.keeper : NULL;

	if (!k || owns(plan, k))
		return OUTCOME_NEXT;
	if (part->owned) /* the forwarding keeper has done its part */
		lock_release(&part->owned->owner);
	part->owned = NULL;
	*busy = !lock_try(&k->owner);
	if (*busy) {
		plan->busy = true;
		return OUTCOME_RETRY;
	}
	part->owned = k;
	return OUTCOME_NEXT;
}

static __attribute__((cold)) enum outcome deny(struct plan *plan, const struct part *part, const struct answer *answer)
{
	const struct memref *ref = &plan->refs[part->ref];
	struct fault fault = answer->fault;

	if (fault.vector == 14) {
		plan->cr2 = ref->gva.v + part->at;
		if (fault.error == FAULT_PF_AUTO)
			fault.error =
				0x1u | (part->access.op == ACCESS_LOAD ? 0 : 0x2u) | (plan->before.cpl == 3 ? 0x4u : 0);
	}
	return plan_fault(plan, fault.vector, fault.has_error, fault.error);
}

/* Does another keeper than this part's hold some of the page? Opening it would take its accesses away. */
static __attribute__((cold)) bool page_is_shared(const struct access_env *env, const struct part *part)
{
	gpa_t at = {part->access.gpa & ~PAGE_MASK};
	uint64_t end = at.v + PAGE_SIZE;

	while (at.v < end) {
		struct space_slot slot;

		space_find(env->space, at, &slot);
		if (keeper_of(&slot.cap) && keeper_of(&slot.cap) != keeper_of(&part->cap))
			return true;
		if (slot.start.v + slot.size <= at.v)
			break; /* it reaches to the end of the address space */
		at.v = slot.start.v + slot.size;
	}
	return false;
}

/* The page becomes an ordinary one; it must be memory, for its bytes are what the guest then sees. */
static __attribute__((cold)) enum outcome map(struct access_env *env, struct plan *plan, const struct part *part)
{
	gpa_t gpa = {part->access.gpa};

	if (page_is_shared(env, part))
		return plan_stop(plan, "a keeper asks to map gpa 0x%llx, where another keeper holds a part of the page",
				 (unsigned long long)gpa.v);
	if (trap_set(env->trap, gpa, TRAP_NONE) < 0)
		return plan_stop(plan, "a keeper asks to map gpa 0x%llx, which is not memory",
				 (unsigned long long)gpa.v);
	return OUTCOME_RETRY;
}

static enum outcome admit_part(struct access_env *env, struct plan *plan, struct part *part, bool *busy)
{
	struct answer answer = {.fault = {.vector = 13, .has_error = true}};
	enum verdict verdict = ask_admit(part->cap, &plan->transaction, &part->access, &answer, &part->who);

	switch (verdict) {
	case VERDICT_STEP:
		part->steps = plan->stepping = true;
		return own_forwarded(plan, part, busy);
	case VERDICT_DONE:
		return own_forwarded(plan, part, busy);
	case VERDICT_MAP:
		return map(env, plan, part);
	case VERDICT_DENY:
		return deny(plan, part, &answer);
	case VERDICT_SUSPEND:
		if (!env->declared)
			break;
		part->who = cap_resolve(part->cap);
		part->suspended = true;
		plan->suspended++;
		return OUTCOME_NEXT; /* the others first: nobody refuses once the guest's kernel was asked */
	case VERDICT_FORWARD:
		break;
	}
	return plan_stop(plan, "the keeper at gpa 0x%llx answers %s, which host keepers cannot yet",
			 (unsigned long long)part->access.gpa, verdict_name(verdict));
}

enum outcome access_admit_part(struct access_env *env, struct plan *plan, struct part *part, bool *busy)
{
	struct keeper *k = keeper_of(&part->cap);
	enum outcome end;

	*busy = k && !owns(plan, k) && !lock_try(&k->owner);
	if (*busy) {
		plan->busy = true;
		return OUTCOME_RETRY;
	}
	if (k && !owns(plan, k))
		part->owned = k;
	if (part->absent)
		return OUTCOME_NEXT;
	end = admit_part(env, plan, part, busy);
	if (end == OUTCOME_NEXT && part->suspended)
		return plan_stop(plan, "private step: gpa 0x%llx is a page that the guest's kernel answers for",
				 (unsigned long long)part->access.gpa);
	return end;
}

enum outcome access_admit(struct access_env *env, struct plan *plan)
{
	enum outcome end = own_all(env, plan);
	bool busy;

	if (rare(end != OUTCOME_NEXT))
		return end;
	for (unsigned i = 0; i < plan->nparts; i++) {

		if (rare(plan->parts[i].absent))
			continue;
		end = admit_part(env, plan, &plan->parts[i], &busy);
		if (rare(end == OUTCOME_FAULT))
			end = plan_end_before(plan, plan->parts[i].ref);
		if (rare(end != OUTCOME_NEXT))
			return end;
	}
	return OUTCOME_NEXT;
}
