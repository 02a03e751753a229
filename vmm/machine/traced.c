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
	t->options = o;
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
		t->ticker = ticker_new(kick_vcpu);
		if (!t->ticker)
			return error_set(e, STATUS_HOST, "no thread for --max-slowdown");
	}
	if (o->control && !(t->control = control_open(o->control, kick_vcpu, e)))
		return -1;
	t->recorder.writer = traced_open(m, e);
	if (!t->recorder.writer)
		return -1;
	mark_armed(m);
	return 0;
}

/* --- what happens -------------------------------------------------------------------------------- */

void traced_access(struct machine *m, const struct access *a, const char *keeper, enum verdict verdict)
{
	struct traced *t = m->traced;
	struct watched_page *page;

	if (verdict != VERDICT_MAP) {
		recorder_access(&t->recorder, &m->plan, a, keeper, verdict, m->way == WAY_RUN || m->way == WAY_REPEAT);
		return;
	}
	page = watched_page_at(&t->recorder.watched, a->gpa);
	if (!page || page->mapped)
		return;
	page->mapped = true;
	watched_arm(page, false, __rdtsc());
	traced_mark_page(m, page, TRACE_MAPPED);
}

void traced_way_done(struct machine *m)
{
	recorder_way_done(&m->traced->recorder, &m->plan);
}

void traced_came(struct machine *m, enum exit_kind kind)
{
	struct traced *t = m->traced;

	if (t->options->max_slowdown <= 0)
		return;
	t->came = __rdtsc();
	t->came_for_access = kind == EXIT_TRAP || kind == EXIT_EMULATION || kind == EXIT_MMIO;
}

/* What was disarmed for the budget and is due. */
static void arm_due(struct machine *m, uint64_t now)
{
	struct traced *t = m->traced;
	struct watched *w = &t->recorder.watched;
	uint64_t next = 0;

	for (size_t i = 0; i < w->npages; i++) {
		struct watched_page *page = &w->pages[i];

		if (page->until == 0)
			continue;
		if (page->until <= now)
			traced_arm(m, page, true);
		else if (next == 0 || page->until < next)
			next = page->until;
	}
	t->next_arm = next;
	ticker_go(t->ticker, next != 0);
}

#define PICKS_MAX 64

/* The guest has been slowed down too much: its hottest pages are left alone for a while. */
static void keep_budget(struct machine *m)
{
	struct traced *t = m->traced;
	uint64_t now = __rdtsc(), pause;
	size_t picks[PICKS_MAX], n;
	double share;

	if (t->came_for_access)
		budget_add(&t->budget, t->came - t->entered, now - t->came);
	t->came_for_access = false;
	if (t->next_arm && now >= t->next_arm)
		arm_due(m, now);
	if (!budget_look(&t->budget, now, &pause, &share))
		return;
	n = budget_pick(&t->recorder.watched, share, now + pause, picks, PICKS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct watched_page *page = &t->recorder.watched.pages[picks[i]];

		traced_arm(m, page, false);
		page->until = now + pause;
		if (page->fixed)
			page->until = now; /* its keeper answers anyway: nothing is saved */
	}
	if (n > 0)
		arm_due(m, now);
}

/* Nothing is recorded any more: the guest goes on at full speed. */
static void leave_alone(struct machine *m)
{
	if (m->traced->enough)
		return;
	traced_arm_all(m, false);
	m->traced->enough = true;
	if (traced_gates_set(m) < 0)
		machine_stop(m, STOP_HOST, STATUS_HOST, "the page of --start-at or --stop-at cannot be opened");
}

/* The ends that the options set. */
static void keep_limits(struct machine *m)
{
	struct traced *t = m->traced;
	struct trace_written written;

	if (recorder_is_full(&t->recorder))
		machine_stop(m, STOP_TRACED, STATUS_OK, "%llu records were made",
			     (unsigned long long)t->options->max_records);
	if (recorder_has_enough(&t->recorder))
		leave_alone(m);
	if (!t->recorder.refused)
		return;
	t->recorder.refused = false;
	written = trace_writer_state(t->recorder.writer);
	if (written.full)
		machine_stop(m, STOP_TRACED, STATUS_OK, "the trace has reached its size of %llu bytes",
			     (unsigned long long)t->options->writer.max_size);
	else if (written.failed && t->options->keep_going)
		leave_alone(m);
	else if (written.failed)
		machine_stop(m, STOP_TRACED, STATUS_HOST, "the trace cannot be written any more");
}

static void take_mark(struct machine *m)
{
	struct traced *t = m->traced;
	char text[CONTROL_TEXT];

	while (control_take(t->control, text)) {
		recorder_mark(&t->recorder, &(struct trace_record){.kind = TRACE_MARK, .text = text});
		t->marks++;
	}
}

static void retry_deferred(struct machine *m)
{
	struct regs regs;
	struct error e;

	fault_photo(&m->vcpu, &regs);
	if (traced_ranges_deferred(m, &regs, &e) < 0 || traced_gates_deferred(m, &regs, &e) < 0)
		machine_stop(m, STOP_HOST, e.status, "%s", e.text);
}

void traced_look(struct machine *m)
{
	struct traced *t = m->traced;

	if (t->ndeferred > 0 || (t->start.given && !t->start.placed) || (t->stop.given && !t->stop.placed))
		retry_deferred(m);
	keep_limits(m);
	if (t->control)
		take_mark(m);
	if (t->options->max_slowdown > 0) {
		keep_budget(m);
		t->entered = __rdtsc();
	}
}

bool traced_calls(const struct machine *m)
{
	const struct traced *t = m->traced;

	return t->recorder.refused || recorder_is_full(&t->recorder) ||
	       (!t->enough && recorder_has_enough(&t->recorder));
}

bool traced_out(struct machine *m, uint16_t port, unsigned size, uint32_t value)
{
	struct traced *t = m->traced;

	if ((port != GUEST_PORT_MARK && port != GUEST_PORT_BADGE) || size != 4)
		return false;
	if (t && port == GUEST_PORT_BADGE) {
		t->recorder.badge = value;
	} else if (t) {
		recorder_mark(&t->recorder, &(struct trace_record){.kind = TRACE_MARK, .count = value});
		t->marks++;
	}
	return true;
}

bool traced_in(struct machine *m, uint16_t port, unsigned size, uint32_t *value)
{
	if (port != GUEST_PORT_MARK || size != 4)
		return false;
	*value = m->traced ? GUEST_MARK_TRACED : GUEST_MARK_UNTRACED;
	return true;
}
