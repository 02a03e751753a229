/*
 * traced_gate.c: recording between two places of the guest's code.
 *
 * The page of the place that is waited for traps: each instruction there is a private step, and the one at the place
 * is seen before it runs. Neither the guest's bytes nor its debug registers are touched.
 */
#include "vmm/machine/traced.h"

static uint64_t linear_of(const struct regs *regs)
{
	uint64_t linear = regs->seg[SEG_CS].base + regs->rip;

	return regs->mode == MODE_64 ? linear : (uint32_t)linear;
}

bool traced_gates_wait(const struct traced *t, uint64_t gpa)
{
	return (t->start.waits && t->start.page == gpa) || (t->stop.waits && t->stop.page == gpa);
}

int traced_gates_set(struct machine *m)
{
	struct traced *t = m->traced;
	struct gate *gates[] = {&t->start, &t->stop};
	bool wanted[] = {!t->enough && !t->on, !t->enough && t->on};
	int err = 0;

	for (unsigned i = 0; i < 2; i++) {
		bool waits = gates[i]->placed && wanted[i];

		if (gates[i]->waits == waits)
			continue;
		gates[i]->waits = waits;
		if (err == 0)
			err = traced_set_page(m, gates[i]->page);
	}
	return err;
}

/* 1: found; 0: nothing maps it yet; -1 with *e filled. */
static int place(struct cpu *c, struct gate *gate, const struct range *range, const struct regs *regs, struct error *e)
{
	const struct machine *m = c->machine;
	struct virtual_range at = {.range = *range};
	uint64_t start, size;
	bool physical;
	char why[128] = "";
	gpa_t gpa;

	if (!keep_resolve(c, &at.range, regs, &start, &size, &physical, why)) {
		if (why[0] == 'n' && why[1] == 'o' && why[2] == ' ')
			return error_set(e, STATUS_USAGE, "\"%s\": %s", range->text, why);
		return 0;
	}
	gpa.v = start;
	if (!physical && !access_translate(&c->env, regs, (gva_t){start}, WALK_READ, &gpa))
		return 0;
	gate->linear = start;
	if (physical) { /* the image says where; its linear address is what was asked for */
		const struct symbol *symbol = symbols_find(boot_symbols(m->boot), range->symbol);

		gate->linear = (range->base == RANGE_SYM && symbol ? symbol->address : 0) + range->start;
	}
	gate->page = gpa.v & ~PAGE_MASK;
	gate->placed = true;
	return 1;
}

int traced_gates_start(struct machine *m, struct error *e)
{
	struct traced *t = m->traced;
	const struct trace_options *o = t->options;

	t->start.given = o->has_start;
	t->stop.given = o->has_stop;
	if (!o->has_start && !o->has_stop)
		return 0;
	if (!step_possible(m->step, 0) || !step_possible(m->step, 3))
		return error_set(e, STATUS_HOST,
				 "--start-at and --stop-at need a KVM that can single-step, which this "
				 "host's is not: see 'lodestore doctor'");
	return traced_gates_deferred(&m->cpus[0], &m->boot_state.regs, e);
}

int traced_gates_deferred(struct cpu *c, const struct regs *regs, struct error *e)
{
	struct traced *t = c->machine->traced;

	if (t->start.given && !t->start.placed && place(c, &t->start, &t->options->start_at, regs, e) < 0)
		return -1;
	if (t->stop.given && !t->stop.placed && place(c, &t->stop, &t->options->stop_at, regs, e) < 0)
		return -1;
	if (t->start.placed && t->stop.placed && t->start.linear == t->stop.linear)
		return error_set(e, STATUS_USAGE, "--start-at and --stop-at are the same address, 0x%llx",
				 (unsigned long long)t->start.linear);
	if (traced_gates_set(c->machine) < 0)
		return error_set(e, STATUS_USAGE, "the code at --start-at or --stop-at is not in memory");
	return 0;
}

/* Another process may have something else at the same address. */
static bool is_at(const struct cpu *c, const struct gate *gate, const struct regs *regs)
{
	gpa_t gpa;

	return gate->waits && linear_of(regs) == gate->linear &&
	       access_translate(&c->env, regs, (gva_t){gate->linear}, WALK_FETCH, &gpa) &&
	       (gpa.v & ~PAGE_MASK) == gate->page;
}

static bool is_on_at(const struct cpu *c, const struct regs *regs)
{
	struct traced *t = c->machine->traced;

	if (is_at(c, &t->start, regs)) {
		t->start.reached = true;
		return true;
	}
	if (is_at(c, &t->stop, regs)) {
		t->stop.reached = true;
		return false;
	}
	return t->on;
}

static void set_on(struct cpu *c, bool on)
{
	struct traced *t = c->machine->traced;

	t->on = on;
	if (!t->enough)
		traced_arm_all(c, on);
	if (traced_gates_set(c->machine) < 0)
		machine_stop(c, STOP_HOST, STATUS_HOST, "the page of --start-at or --stop-at cannot be trapped");
}

void traced_at(struct cpu *c, const struct regs *regs)
{
	const struct traced *t = c->machine->traced;
	bool on = is_on_at(c, regs);

	if (on == t->on || !machine_hold(c))
		return;
	if (on == is_on_at(c, regs) && on != t->on) /* nobody was there first */
		set_on(c, on);
	machine_release(c);
}
