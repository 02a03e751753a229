#include "vmm/machine/traced.h"

#include "guest/abi/mark.h"
#include "vmm/access/fault.h"
#include "vmm/machine/kick.h"

#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>

#define WINDOW_CYCLES 20000000ull /* of the budget: some milliseconds */
#define FLUSH_PAGES 256 /* contents of pages put at once: they must not fill the buffer */

/* --- beginning and end ---------------------------------------------------------------------- */

/* The file begins with what its pages hold. */
static void mark_armed(struct machine *m)
{
	struct watched *w = &m->traced->recorder.watched;

	for (size_t i = 0; i < w->npages; i++) {
		if (!w->pages[i].disarmed)
			traced_mark_page(m, &w->pages[i], TRACE_ARMED);
		if (i % FLUSH_PAGES == FLUSH_PAGES - 1)
			trace_writer_flush(m->traced->recorder.writer);
	}
}

int traced_start(struct machine *m, struct error *e)
{
	const struct trace_options *o = m->options->trace;
	struct traced *t = calloc(1, sizeof(*t));

	if (!t)
		return error_set(e, STATUS_HOST, "out of memory");
	m->traced = t;
	if (o->max_slowdown > 0 && m->ncpus > 1)
		return error_set(e, STATUS_USAGE,
				 "--max-slowdown is for one vCPU: it times what one is slowed down by");
	t->options = o;
	pthread_mutex_init(&t->lock, NULL);
	t->on = !o->has_start;
	t->started = t->entered = __rdtsc();
	t->start_time = (uint64_t)time(NULL);
	t->recorder = (struct recorder){.filter = o->filter,
					.after = o->after,
					.every = o->every,
					.wanted = o->wanted,
					.limit = o->max_records};
	if (traced_gates_start(m, e) < 0)
		return -1;
	if (traced_ranges_start(m, e) < 0)
		return -1;
	if (o->max_slowdown > 0) {
		budget_start(&t->budget, o->max_slowdown, WINDOW_CYCLES, t->started);
		t->ticker = ticker_new(kick_all);
		if (!t->ticker)
			return error_set(e, STATUS_HOST, "no thread for --max-slowdown");
	}
	t->recorder.writer = traced_open(m, e);
	if (!t->recorder.writer)
		return -1;
	mark_armed(m);
	return 0;
}

/* --- what happens -------------------------------------------------------------------------------- */

static void enter(struct machine *m)
{
	if (m->ncpus > 1)
		pthread_mutex_lock(&m->traced->lock);
}

/* Is there something that look() has to see before the guest goes on? */
static bool is_wanted(const struct traced *t)
{
	return t->recorder.refused || recorder_is_full(&t->recorder) ||
	       (!t->enough && recorder_has_enough(&t->recorder));
}

static void tell_runs(struct traced *t)
{
	atomic_store_explicit(&t->calls, is_wanted(t), memory_order_relaxed);
}

static void leave(struct machine *m)
{
	tell_runs(m->traced);
	if (m->ncpus > 1)
		pthread_mutex_unlock(&m->traced->lock);
}

/* The page is an ordinary one from now on. */
static void note_mapped(struct cpu *c, const struct access *a)
{
	struct watched_page *page = watched_page_at(&c->machine->traced->recorder.watched, a->gpa);

	if (!page || page->mapped)
		return;
	page->mapped = true;
	watched_arm(page, false, __rdtsc());
	traced_mark_page(c->machine, page, TRACE_MAPPED);
}

void traced_access(struct cpu *c, const struct access *a, const char *keeper, enum verdict verdict)
{
	struct traced *t = c->machine->traced;

	enter(c->machine);
	if (verdict == VERDICT_MAP)
		note_mapped(c, a);
	else
		recorder_access(&t->recorder, &c->plan, a, keeper, verdict, c->way == WAY_RUN || c->way == WAY_REPEAT);
	leave(c->machine);
}

void traced_way_done(struct cpu *c)
{
	enter(c->machine);
	recorder_way_done(&c->machine->traced->recorder, &c->plan);
	leave(c->machine);
}

void traced_written(struct machine *m, const char *who, uint64_t gpa, uint64_t size)
{
	uint64_t end = gpa + size, page_end;

	enter(m);
	for (; gpa < end; gpa = page_end) {
		const struct watched_page *page = watched_page_at(&m->traced->recorder.watched, gpa & ~PAGE_MASK);

		page_end = (gpa & ~PAGE_MASK) + PAGE_SIZE;
		if (page && !page->disarmed)
			traced_mark_bytes(m, gpa, (page_end < end ? page_end : end) - gpa, TRACE_WRITTEN, who);
	}
	leave(m);
}

void traced_came(struct cpu *c, enum exit_kind kind)
{
	struct traced *t = c->machine->traced;

	if (t->options->max_slowdown <= 0)
		return;
	t->came = __rdtsc();
	t->came_for_access = kind == EXIT_TRAP || kind == EXIT_EMULATION || kind == EXIT_MMIO;
}

/* What was disarmed for the budget and is due. */
static void arm_due(struct cpu *c, uint64_t now)
{
	struct traced *t = c->machine->traced;
	struct watched *w = &t->recorder.watched;
	uint64_t next = 0;

	for (size_t i = 0; i < w->npages; i++) {
		struct watched_page *page = &w->pages[i];

		if (page->until == 0)
			continue;
		if (page->until <= now)
			traced_arm(c, page, true);
		else if (next == 0 || page->until < next)
			next = page->until;
	}
	t->next_arm = next;
	ticker_go(t->ticker, next != 0);
}

#define PICKS_MAX 64

/* The guest has been slowed down too much: its hottest pages are left alone for a while. */
static void keep_budget(struct cpu *c)
{
	struct traced *t = c->machine->traced;
	uint64_t now = __rdtsc(), pause;
	size_t picks[PICKS_MAX], n;
	double share;

	if (t->came_for_access)
		budget_add(&t->budget, t->came - t->entered, now - t->came);
	t->came_for_access = false;
	if (t->next_arm && now >= t->next_arm)
		arm_due(c, now);
	if (!budget_look(&t->budget, now, &pause, &share))
		return;
	n = budget_pick(&t->recorder.watched, share, picks, PICKS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct watched_page *page = &t->recorder.watched.pages[picks[i]];

		traced_arm(c, page, false);
		page->until = now + pause;
		if (page->fixed)
			page->until = now; /* its keeper answers anyway: nothing is saved */
	}
	if (n > 0)
		arm_due(c, now);
}

/* Nothing is recorded any more: the guest goes on at full speed. */
static void leave_alone(struct cpu *c)
{
	struct machine *m = c->machine;

	if (m->traced->enough)
		return;
	traced_arm_all(c, false);
	m->traced->enough = true;
	if (traced_gates_set(m) < 0)
		machine_stop(c, STOP_HOST, STATUS_HOST, "the page of --start-at or --stop-at cannot be opened");
}

/* The ends that the options set. */
static void keep_limits(struct cpu *c)
{
	struct traced *t = c->machine->traced;
	struct trace_written written;

	if (recorder_is_full(&t->recorder))
		machine_stop(c, STOP_TRACED, STATUS_OK, "%llu records were made",
			     (unsigned long long)t->options->max_records);
	if (recorder_has_enough(&t->recorder))
		leave_alone(c);
	if (!t->recorder.refused)
		return;
	t->recorder.refused = false;
	written = trace_writer_state(t->recorder.writer);
	if (written.full)
		machine_stop(c, STOP_TRACED, STATUS_OK, "the trace has reached its size of %llu bytes",
			     (unsigned long long)t->options->writer.max_size);
	else if (written.failed && t->options->keep_going)
		leave_alone(c);
	else if (written.failed)
		machine_stop(c, STOP_TRACED, STATUS_HOST, "the trace cannot be written any more");
}

bool traced_mark(struct machine *m, const char *text)
{
	return recorder_mark(&m->traced->recorder, &(struct trace_record){.kind = TRACE_MARK, .text = text});
}

static void retry_deferred(struct cpu *c)
{
	struct regs regs;
	struct error e;

	fault_photo(&c->vcpu, &regs);
	if (traced_ranges_deferred(c, &regs, &e) < 0 || traced_gates_deferred(c, &regs, &e) < 0)
		machine_stop(c, STOP_HOST, e.status, "%s", e.text);
}

static bool has_deferred(const struct traced *t)
{
	return t->ndeferred > 0 || (t->start.given && !t->start.placed) || (t->stop.given && !t->stop.placed);
}

static void look(struct cpu *c)
{
	struct traced *t = c->machine->traced;

	if (has_deferred(t))
		retry_deferred(c);
	keep_limits(c);
	tell_runs(t);
	if (t->options->max_slowdown > 0) {
		keep_budget(c);
		t->entered = __rdtsc();
	}
}

/* Does the vCPU map something now that nothing had mapped? */
static bool is_due(struct cpu *c)
{
	const struct traced *t = c->machine->traced;
	const struct range *wanted[] = {&t->options->start_at, &t->options->stop_at};
	bool waits[] = {t->start.given && !t->start.placed, t->stop.given && !t->stop.placed};
	uint64_t start, size;
	struct regs regs;
	bool physical;
	char why[128];

	fault_photo(&c->vcpu, &regs);
	for (unsigned i = 0; i < 2; i++)
		if (waits[i] && keep_resolve(c, wanted[i], &regs, &start, &size, &physical, why))
			return true;
	for (unsigned i = 0; i < t->options->nranges; i++)
		if (t->deferred[i] &&
		    keep_resolve(c, &t->options->ranges[i].range, &regs, &start, &size, &physical, why))
			return true;
	return false;
}

/* With several vCPUs the others are held for it, so only when there is something. */
static bool wants_look(struct cpu *c)
{
	enter(c->machine);
	leave(c->machine);
	return traced_calls(c->machine) || (has_deferred(c->machine->traced) && is_due(c));
}

void traced_look(struct cpu *c)
{
	if (c->machine->ncpus == 1) {
		look(c);
	} else if (wants_look(c) && machine_hold(c)) {
		look(c);
		machine_release(c);
	}
}

bool traced_calls(const struct machine *m)
{
	return atomic_load_explicit(&m->traced->calls, memory_order_relaxed);
}

bool traced_out(struct cpu *c, uint16_t port, unsigned size, uint32_t value)
{
	struct traced *t = c->machine->traced;

	if ((port != GUEST_PORT_MARK && port != GUEST_PORT_BADGE) || size != 4)
		return false;
	if (t && port == GUEST_PORT_BADGE) {
		t->recorder.of[c->vcpu.id].badge = value;
	} else if (t) {
		enter(c->machine);
		recorder_mark(&t->recorder,
			      &(struct trace_record){.kind = TRACE_MARK, .vcpu = (uint8_t)c->vcpu.id, .count = value});
		leave(c->machine);
	}
	return true;
}

bool traced_in(struct cpu *c, uint16_t port, unsigned size, uint32_t *value)
{
	if (port != GUEST_PORT_MARK || size != 4)
		return false;
	*value = c->machine->traced ? GUEST_MARK_TRACED : GUEST_MARK_UNTRACED;
	return true;
}
