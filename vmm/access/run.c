#include "vmm/access/run.h"

#include "vmm/access/run_code.h"
#include "vmm/clock.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 256 /* of accesses, by RIP */
#define BACKOFF_MAX 1023
#define CLOCK_EVERY 8 /* instructions between two looks at the clock */

/*
 * What a run knows: with others set there is more to an access or a branch than it carries out
 * (protection keys, shadow stacks, VMX, SVM). Intel SDM Vol 3, "Control Registers".
 */
#define CR4_KNOWN                                                                                                      \
	(0x3ffull /* VME to OSFXSR */ | CR4_OSXMMEXCPT | 0x800ull /* UMIP */ | CR4_LA57 | 0x10000ull /* FSGSBASE */ |  \
	 0x20000ull /* PCIDE */ | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP)
#define EFER_KNOWN (0x1ull /* SCE */ | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSR | 0x8000ull /* TCE */)

/* A place that an access trapped at: how often it is not tried, after a run from there came to nothing. */
struct place {
	uint64_t rip;
	uint16_t skip, backoff;
};

struct run {
	unsigned length;
	uint64_t ns;
	struct place places[PLACES];
	struct run_code code;
	uint8_t saved[XSAVE_AREA]; /* the vector state before an instruction, to be put back if it does not happen */
	struct run_stats stats;
};

/* One run while it lasts. */
struct course {
	struct run *run;
	struct access_env *env;
	struct plan *plan;
	const struct run_host *host;
	struct regs now;
	unsigned instructions, accesses, gap;
	uint64_t began_ns;
	bool vector_used, vector_changed;
	enum run_end end;
};

const char *run_end_name(enum run_end end)
{
	switch (end) {
	case RUN_LENGTH:
		return "length";
	case RUN_TIME:
		return "time";
	case RUN_GAP:
		return "no access";
	case RUN_CALLED:
		return "called";
	case RUN_INSTRUCTION:
		return "instruction";
	case RUN_CODE:
		return "code";
	case RUN_OPERAND:
		return "operand";
	case RUN_EXCEPTION:
		return "exception";
	case RUN_ACCESS:
		return "access";
	case RUN_ENDS:
		break;
	}
	return "?";
}

struct run *run_new(unsigned length, uint64_t ns)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run) {
		run->length = length;
		run->ns = ns;
	}
	return run;
}

void run_free(struct run *run)
{
	free(run);
}

const struct run_stats *run_stats(const struct run *run)
{
	return &run->stats;
}

/* --- does it pay? ----------------------------------------------------------------------------- */

static struct place *place_of(struct run *run, uint64_t rip)
{
	return &run->places[(rip * 0x9e3779b97f4a7c15ull) >> 56];
}

static bool may_begin(const struct regs *after)
{
	return after->mode == MODE_64 && !(after->rflags & (RFLAGS_TF | RFLAGS_VM)) && !(after->cr4 & ~CR4_KNOWN) &&
	       !(after->efer & ~EFER_KNOWN);
}

bool run_is_worth(struct run *run, uint64_t rip, const struct regs *after)
{
	struct place *place = place_of(run, rip);

	if (place->rip != rip) { /* what happens once is not worth a look */
		*place = (struct place){.rip = rip};
		return false;
	}
	if (place->skip > 0) {
		place->skip--;
		return false;
	}
	return may_begin(after);
}

/* Vector state is two transfers between KVM and here: one exit saved does not pay for them. */
static void learn(struct run *run, uint64_t rip, const struct course *c)
{
	struct place *place = place_of(run, rip);
	bool paid = c->accesses >= (c->vector_used ? 3 : 1);

	place->backoff = (uint16_t)(paid                                   ? 0
				    : place->backoff * 2 + 1 < BACKOFF_MAX ? place->backoff * 2 + 1
									   : BACKOFF_MAX);
	place->skip = place->backoff;
}

/* --- one instruction ---------------------------------------------------------------------------- */

static bool stop(struct course *c, enum run_end end)
{
	c->end = end;
	return false;
}

/* The vector state, kept as it is before the instruction. NULL if it cannot be had. */
static struct vector_state *keep_vector(struct course *c)
{
	struct vector_state *vector = c->env->vector ? c->env->vector(c->env->vector_self) : NULL;

	c->vector_used = true;
	if (vector)
		memcpy(c->run->saved, vector->area, sizeof(c->run->saved));
	return vector;
}

static void restore_vector(struct course *c, struct vector_state *vector)
{
	if (vector)
		memcpy(vector->area, c->run->saved, sizeof(c->run->saved));
}

static void swap(struct regs *regs, int a, int b)
{
	uint64_t kept = regs->gpr[a];

	regs->gpr[a] = regs->gpr[b];
	regs->gpr[b] = kept;
}

static bool without_memory(struct course *c, const struct run_slot *slot, struct vector_state *vector)
{
	struct execution_in in = {.insn = &slot->insn, .regs = &c->now};
	bool has_rsp = slot->stands_for_rsp != REG_NONE;
	enum execute_status status;

	if (has_rsp)
		swap(&c->now, GPR_RSP, slot->stands_for_rsp);
	status = execute(c->env->executor, &in, vector, &c->plan->after);
	if (status == EXECUTE_OK)
		c->now = c->plan->after.regs;
	if (has_rsp)
		swap(&c->now, GPR_RSP, slot->stands_for_rsp);
	switch (status) {
	case EXECUTE_OK:
		c->vector_changed |= vector != NULL;
		c->gap++;
		return true;
	case EXECUTE_EXCEPTION:
		restore_vector(c, vector);
		return stop(c, RUN_EXCEPTION);
	case EXECUTE_REFUSED:
	case EXECUTE_BEYOND:
		break;
	}
	restore_vector(c, vector);
	return stop(c, RUN_INSTRUCTION);
}

/* Keepers were asked: it ends as every access does. */
static bool virtual_access(struct course *c, enum outcome end, struct vector_state *vector)
{
	c->gap = 0;
	c->run->stats.asked++;
	if (end == OUTCOME_NEXT) {
		c->accesses++;
		c->now = c->plan->after.regs;
		return c->host->ended(c->host->self, end) || stop(c, RUN_CALLED);
	}
	if (end != OUTCOME_FAULT)
		restore_vector(c, vector); /* a fault of its own keeps what the instruction noted of it */
	c->host->put(c->host->self, &c->now, c->vector_changed);
	(void)c->host->ended(c->host->self, end);
	return stop(c, RUN_ACCESS);
}

static bool with_memory(struct course *c, const struct insn *insn, struct vector_state *vector)
{
	struct plan *plan = c->plan;
	enum outcome end = access_run_on(c->env, &c->now, insn, plan);

	if (plan->asked)
		return virtual_access(c, end, vector);
	access_complete(plan);
	if (end == OUTCOME_NEXT) {
		c->now = plan->after.regs;
		c->vector_changed |= vector != NULL;
		c->gap++;
		return true;
	}
	restore_vector(c, vector);
	return stop(c, RUN_OPERAND);
}

static bool carry_out(struct course *c, struct run_slot *slot)
{
	struct vector_state *vector = NULL;

	if (slot->insn.flags & (INSN_VECTOR | INSN_MASKED)) {
		vector = keep_vector(c);
		if (!vector)
			return stop(c, RUN_INSTRUCTION);
	}
	if (!run_code_enabled(slot, c->env, &c->now, vector))
		return stop(c, RUN_EXCEPTION);
	switch (slot->kind) {
	case RUN_KIND_MEMORY:
		return with_memory(c, &slot->insn, vector);
	case RUN_KIND_REGISTER:
		return without_memory(c, slot, vector);
	case RUN_KIND_FLOW:
		c->gap++;
		return flow_run(&slot->insn, slot->flow, &c->now) || stop(c, RUN_EXCEPTION);
	case RUN_KIND_END:
		break;
	}
	return stop(c, RUN_INSTRUCTION);
}

/* --- the whole ---------------------------------------------------------------------------------- */

/* False: the run is over, and c->end says why. */
static bool goes_on(struct course *c)
{
	if (c->host->called(c->host->self))
		return stop(c, RUN_CALLED);
	if (c->instructions >= c->run->length)
		return stop(c, RUN_LENGTH);
	if (c->gap >= RUN_GAP_MAX)
		return stop(c, RUN_GAP);
	if (c->instructions % CLOCK_EVERY == CLOCK_EVERY - 1 && now_ns() - c->began_ns > c->run->ns)
		return stop(c, RUN_TIME);
	return true;
}

static bool one(struct course *c)
{
	struct run_slot *slot = run_code_at(&c->run->code, c->env, &c->now);

	if (!slot)
		return stop(c, RUN_CODE);
	if (slot->kind == RUN_KIND_END)
		return stop(c, RUN_INSTRUCTION);
	if (!carry_out(c, slot))
		return false;
	c->instructions++;
	return true;
}

void run_go(struct run *run, struct access_env *env, struct plan *plan, uint64_t rip, const struct run_host *host)
{
	struct course c = {
		.run = run, .env = env, .plan = plan, .host = host, .now = plan->after.regs, .began_ns = now_ns()};

	while (goes_on(&c) && one(&c))
		;
	if (c.end != RUN_ACCESS)
		host->put(host->self, &c.now, c.vector_changed);
	learn(run, rip, &c);
	run->stats.runs++;
	run->stats.instructions += c.instructions;
	run->stats.accesses += c.accesses;
	run->stats.ends[c.end]++;
}
