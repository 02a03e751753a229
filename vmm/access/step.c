#include "vmm/access/step_state.h"

#include "vmm/access/commit.h"
#include "vmm/access/fault.h"
#include "vmm/access/stepped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Only the vCPU of the step may run while pages are open. */
static enum outcome hold_others(struct step *s, const struct vcpu *vcpu, struct plan *plan)
{
	unsigned late;

	if (hold_begin(s->host.hold, vcpu->id, HOLD_LIMIT_NS, &late) < 0)
		return plan_stop(plan, "private step: vCPU %u does not stop within %llu s", late,
				 HOLD_LIMIT_NS / 1000000000ull);
	return OUTCOME_NEXT;
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
	commit_photo(vcpu, &s->photo);
	s->npages = s->nused = s->nsaved = s->nfences = s->nhandlers = s->loaded = s->guess = 0;
	s->patched = s->at_fence = s->has_error = s->software = s->one_element = s->served = s->has_target = false;
	s->from = plan->before;
	s->in_delivery = fault_in_delivery(vcpu, &vector);
	s->vector = STEP_NO_VECTOR;
	plan->vector = NULL; /* what an executor made of it does not count */
	plan->partial = plan->deferred = plan->vector_changed = false;
	if (plan->admitted)
		return; /* its operands were loaded before an executor gave up: they are not loaded again */
	access_complete(plan);
	plan->nrefs = plan->nparts = plan->nwalks = 0;
	plan->stepping = false;
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

/* --- the whole ------------------------------------------------------------------------------------ */

/* Intel SDM Vol 3, "Exception Classifications": after these the instruction has happened. */
static bool is_trap(unsigned vector)
{
	return vector == 1 || vector == 3 || vector == 4;
}

/* An exception is to be delivered at the instruction, or has been, where nothing could hold it: it has not happened. */
static bool has_faulted(const struct step *s)
{
	const struct regs *after = &s->plan->after.regs;
	int handler = step_handler_at(s, after);
	uint8_t vector;

	if (s->vector != STEP_NO_VECTOR)
		return false;
	if (after->rip == s->plan->before.rip)
		return fault_in_delivery(s->vcpu, &vector);
	return handler >= 0 && !is_trap(s->handlers[handler].vector);
}

/* Put together what has happened. *undone: a keeper undoes it. */
static enum outcome settle(struct step *s, struct step_end *out, bool *undone)
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
	if ((end = step_disarm(s, OUTCOME_NEXT)) != OUTCOME_NEXT)
		return end;
	step_flags(s, &plan->after.regs);
	s->faulted = has_faulted(s);
	if ((end = step_settle(s)) != OUTCOME_NEXT || s->faulted)
		return end;
	if (stepped_ask(plan) == OUTCOME_RETRY)
		*undone = true;
	return *undone ? OUTCOME_RETRY : OUTCOME_NEXT;
}

enum outcome step_run(struct step *s, struct access_env *env, struct vcpu *vcpu, struct plan *plan,
		      struct step_end *out)
{
	struct step_end last = {.exit = EXIT_DEBUG};
	char why[sizeof(plan->why)];
	bool undone = false;
	enum outcome end;

	memcpy(why, plan->why, sizeof(why));
	if ((end = hold_others(s, vcpu, plan)) != OUTCOME_NEXT)
		return end;
	begin(s, env, vcpu, plan);
	end = gather(s);
	if (end == OUTCOME_NEXT)
		end = step_check_host(s, why);
	if (end == OUTCOME_NEXT)
		end = step_fence(s);
	if (end == OUTCOME_NEXT) {
		end = step_go(s, why, &last);
		end = end == OUTCOME_NEXT ? settle(s, &last, &undone) : step_disarm(s, end);
	}
	if (end == OUTCOME_FAULT && s->in_delivery)
		end = plan_stop(plan, "a keeper denies what delivering vector %d accesses", s->vector);
	if (end != OUTCOME_NEXT)
		step_undo(s);
	if (end != OUTCOME_NEXT && s->one_element)
		commit_cancel(vcpu, &plan->before);
	if (end != OUTCOME_NEXT && s->software)
		commit_interrupt_cancel(vcpu, &plan->before);
	if (undone)
		end = step_undo_all(s);
	step_unfence(s);
	if (step_close(s) < 0)
		end = plan_stop(plan, "private step: a page cannot be closed again");
	if (end == OUTCOME_NEXT) {
		step_store(s);
		*out = last;
	}
	hold_end(s->host.hold, vcpu->id);
	return end;
}
