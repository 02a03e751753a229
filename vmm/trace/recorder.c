#include "vmm/trace/recorder.h"

#include <stddef.h>
#include <string.h>
#include <x86intrin.h>

const char *recorder_count_name(enum recorder_count count)
{
	static const char *const names[PARTS_COUNTS] = {
		[PARTS_DONE] = "parts.done",         [PARTS_ELSEWHERE] = "parts.elsewhere",
		[PARTS_RECORDED] = "parts.recorded", [PARTS_FILTERED] = "parts.filtered",
		[PARTS_SKIPPED] = "parts.skipped",   [PARTS_DISARMED] = "parts.disarmed",
		[PARTS_LOST] = "parts.lost",         [PARTS_DENIED] = "parts.denied",
		[WAYS_TRACED] = "ways.traced",       [WAYS_ELSEWHERE] = "ways.elsewhere",
	};
	return names[count];
}

/* --- one record ------------------------------------------------------------------------------- */

static uint64_t code_at(const struct plan *plan)
{
	const struct regs *regs = &plan->before;
	uint64_t linear = regs->seg[SEG_CS].base + regs->rip;

	return regs->mode == MODE_64 ? linear : (uint32_t)linear;
}

/*
 * The linear address of a part. Of what a private step reached for the CPU's sake (tables), or found changed, only
 * the physical one is known.
 */
static bool linear_of(const struct plan *plan, const struct part *part, uint64_t *linear)
{
	uint64_t gva = plan->refs[part->ref].gva.v + part->at;

	if (plan->before.mode != MODE_64)
		gva = (uint32_t)gva;
	if (plan->stepped[0] && ((gva ^ part->access.gpa) & PAGE_MASK))
		return false;
	if (plan->stepped[0] && part->access.op == ACCESS_STORE && gva == part->access.gpa &&
	    (plan->before.cr0 & CR0_PG))
		return false;
	*linear = gva;
	return true;
}

static enum trace_kind kind_of(const struct plan *plan, const struct access *a, uint64_t linear)
{
	switch (a->op) {
	case ACCESS_STORE:
		return TRACE_STORE;
	case ACCESS_RMW:
		return TRACE_RMW;
	case ACCESS_LOAD:
		break;
	}
	if (plan->stepped[0] && plan->code_size > 0 && linear - code_at(plan) < INSN_MAX)
		return TRACE_FETCH;
	return TRACE_LOAD;
}

static uint8_t bits_of(enum cpu_mode mode)
{
	switch (mode) {
	case MODE_16:
		return 16;
	case MODE_32:
		return 32;
	case MODE_64:
		break;
	}
	return 64;
}

/* Which element of a REP this is, counted from the first that was seen. */
static uint32_t repetition_of(struct recorder_cpu *r, const struct plan *plan)
{
	const struct insn *insn = plan->insn;
	uint64_t rcx = plan->before.gpr[GPR_RCX];

	if (!insn || insn->exec != EXEC_STRING || !(insn->fields.rep || insn->fields.repne))
		return 0;
	if (r->rep_transaction == plan->transaction.id)
		return r->repetition; /* the other operand */
	if (r->repeats && r->rep_rip == plan->before.rip && rcx < r->rep_rcx)
		r->repetition += (uint32_t)(r->rep_rcx - rcx);
	else
		r->repetition = 0;
	r->rep_transaction = plan->transaction.id;
	r->rep_rip = plan->before.rip;
	r->rep_rcx = rcx;
	r->repeats = plan->after.repeats || plan->after.regs.rip == plan->before.rip;
	return r->repetition;
}

static uint8_t flags_of(const struct plan *plan, const struct access *a, enum verdict verdict, bool in_run)
{
	uint8_t flags = (uint8_t)((a->locked ? TRACE_LOCKED : 0) | (a->implicit ? TRACE_IMPLICIT : 0) |
				  (plan->stepped[0] ? TRACE_STEPPED : 0) | (in_run ? TRACE_IN_RUN : 0));

	if (verdict == VERDICT_DENY)
		return flags;
	return (uint8_t)(flags | (a->has_before ? TRACE_BEFORE : 0) | (a->op != ACCESS_LOAD ? TRACE_AFTER : 0));
}

static uint8_t at_most(size_t n, uint8_t most)
{
	return (uint8_t)(n < most ? n : most);
}

/* Without the process-context identifier (Intel SDM Vol 3, "Process-Context Identifiers"): a kernel gives one process
 * many. */
static uint64_t table_base(const struct regs *regs)
{
	return regs->cr4 & CR4_PCIDE ? regs->cr3 & ~0xfffull : regs->cr3;
}

static void make(struct recorder *r, const struct plan *plan, const struct part *part, struct trace_record *out)
{
	const struct access *a = &part->access;
	const struct regs *regs = &plan->before;
	struct recorder_cpu *of = &r->of[plan->transaction.vcpu];
	uint64_t linear = 0;

	if (!linear_of(plan, part, &linear))
		out->flags |= TRACE_PHYSICAL;
	out->tsc = __rdtsc();
	out->kind = kind_of(plan, a, linear);
	out->size = a->size;
	out->part = at_most((size_t)(part - plan->parts), UINT8_MAX - 1);
	out->parts = at_most(plan->nparts, UINT8_MAX);
	out->vcpu = (uint8_t)plan->transaction.vcpu;
	out->cpl = plan->transaction.cpl;
	out->bits = bits_of(regs->mode);
	out->code_size = plan->insn ? plan->insn->length : plan->code_size;
	memcpy(out->code, plan->code, out->code_size);
	out->repetition = repetition_of(of, plan);
	out->rip = plan->transaction.rip;
	out->linear = linear;
	out->gpa = a->gpa;
	out->cr3 = table_base(regs);
	out->badge = of->badge;
	if (out->flags & TRACE_BEFORE)
		memcpy(out->before, a->before, a->size);
	if (out->flags & TRACE_AFTER)
		memcpy(out->after, a->after, a->size);
}

/* --- whether it is wanted ------------------------------------------------------------------------ */

bool recorder_has_enough(const struct recorder *r)
{
	uint64_t every = r->every ? r->every : 1;

	/* as many as were wanted have matched, each after `every` */
	return r->wanted > 0 && r->matched > r->after && (r->matched - r->after - 1) / every + 1 >= r->wanted;
}

bool recorder_is_full(const struct recorder *r)
{
	return r->limit > 0 && r->records >= r->limit;
}

/* One more has passed the filter: is it one of those that --after, --every and --for leave? */
static bool is_chosen(struct recorder *r)
{
	uint64_t every = r->every ? r->every : 1;
	bool enough = recorder_has_enough(r);
	uint64_t n = r->matched++;

	return !enough && n >= r->after && (n - r->after) % every == 0;
}

static bool put(struct recorder *r, const struct trace_record *record)
{
	if (!trace_writer_put(r->writer, record)) {
		r->refused = true;
		return false;
	}
	r->kinds[record->kind]++;
	r->records++;
	return true;
}

/* What becomes of an access that a recording keeper tells of. */
static enum recorder_count judge(struct recorder *r, const struct plan *plan, const struct part *part,
				 struct trace_record *record)
{
	const struct access *a = &part->access;
	const struct watched_range *range = watched_range_at(&r->watched, a->gpa, a->size);
	const struct watched_page *page = watched_page_at(&r->watched, a->gpa);

	if (!range || !page)
		return PARTS_COUNTS; /* beside: counted at the end of the way */
	if (page->disarmed)
		return PARTS_DISARMED;
	if (range->stores_only && a->op == ACCESS_LOAD)
		return PARTS_FILTERED;
	make(r, plan, part, record);
	if (r->filter && !trace_filter_passes(r->filter, record))
		return PARTS_FILTERED;
	if (recorder_is_full(r) || !is_chosen(r))
		return PARTS_SKIPPED;
	if (put(r, record))
		return PARTS_RECORDED;
	return trace_writer_state(r->writer).full ? PARTS_SKIPPED : PARTS_LOST;
}

void recorder_access(struct recorder *r, const struct plan *plan, const struct access *a, const char *keeper,
		     enum verdict verdict, bool in_run)
{
	const struct part *part = plan_part_of(a);
	struct trace_record record = {
		.flags = flags_of(plan, a, verdict, in_run),
		.verdict = (uint8_t)(verdict == VERDICT_DONE && part->steps ? VERDICT_STEP : verdict),
		.keeper = keeper,
	};
	enum recorder_count what = judge(r, plan, part, &record);

	if (verdict == VERDICT_DENY)
		what = what == PARTS_RECORDED ? PARTS_DENIED : PARTS_COUNTS;
	if (what < PARTS_COUNTS)
		r->counts[what]++;
}

/* Its parts on traced pages; how many. */
static uint64_t count_parts(struct recorder *r, const struct plan *plan)
{
	uint64_t before = r->counts[PARTS_DONE];

	for (unsigned i = 0; i < plan->nparts; i++) {
		const struct part *part = &plan->parts[i];
		const struct access *a = &part->access;
		struct watched_page *page;

		if (part->absent || part->who.type == CAP_NULL)
			continue; /* a step's store that has not happened */
		page = watched_page_at(&r->watched, a->gpa);
		if (!page)
			continue;
		page->hits++;
		r->counts[PARTS_DONE]++;
		if (!watched_range_at(&r->watched, a->gpa, a->size))
			r->counts[PARTS_ELSEWHERE]++;
	}
	return r->counts[PARTS_DONE] - before;
}

void recorder_way_done(struct recorder *r, const struct plan *plan)
{
	bool has_accesses = plan->committed && !plan->after.unstored;

	r->counts[has_accesses && count_parts(r, plan) > 0 ? WAYS_TRACED : WAYS_ELSEWHERE]++;
}

bool recorder_mark(struct recorder *r, const struct trace_record *marker)
{
	struct trace_record record = *marker;

	record.tsc = __rdtsc();
	record.badge = r->of[record.vcpu].badge;
	return put(r, &record);
}
