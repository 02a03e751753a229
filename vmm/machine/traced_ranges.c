/*
 * traced_ranges.c: which memory is traced, and who keeps it: whoever keeps it already gets a recorder around, and what
 * nobody keeps is kept by memory under one.
 */
#include "vmm/machine/traced.h"

#include "capmodel/catalog.h"
#include "capmodel/keeper/record.h"

#include <string.h>
#include <x86intrin.h>

/* Is it memory that is kept only to be traced? */
bool traced_is_ours(const struct traced *t, const struct kept *k)
{
	return k->from >= t->options->ranges && k->from < t->options->ranges + t->options->nranges;
}

static struct kept *kept_of(struct machine *m, const struct keeper *keeper)
{
	for (unsigned i = 0; i < m->nkept; i++)
		if (m->kept[i].keeper == keeper)
			return &m->kept[i];
	return NULL;
}

/* A recorder around the keeper, in its place. */
static int wrap(struct machine *m, struct kept *k, struct error *e)
{
	struct keeper *recorder;
	int err;

	if (strncmp(k->keeper->spec, "record:", 7) == 0)
		return 0;
	recorder = record_wrap(k->keeper);
	if (!recorder)
		return error_set(e, STATUS_HOST, "out of memory");
	err = space_cut_entry(m->space, k->start, k->size, k->keeper);
	k->keeper = recorder;
	if (err == 0)
		err = space_put_entry(m->space, k->start, k->size, cap_entry(recorder, RIGHTS_ALL, 0),
				      k->from->range.stores_only);
	return err < 0 ? error_set(e, STATUS_HOST, "range \"%s\": %s", k->from->range.text, strerror(-err)) : 0;
}

static bool in_window(const struct machine *m, gpa_t gpa)
{
	return gpa.v - m->boot_state.window.v < m->boot_state.window_size;
}

static int refuse_absent(const struct machine *m, const struct virtual_range *from, gpa_t start, struct error *e)
{
	const struct boot_state *b = &m->boot_state;
	char window[80] = "";

	if (b->window_size > 0)
		snprintf(window, sizeof(window), "; what the guest answers for itself is gpa:0x%llx+0x%llx",
			 (unsigned long long)b->window.v, (unsigned long long)b->window_size);
	return error_set(e, STATUS_USAGE, "range \"%s\": gpa 0x%llx is neither memory nor kept%s", from->range.text,
			 (unsigned long long)start.v, window);
}

/* Whoever keeps the bytes at start gets a recorder; *size is cut to how many bytes that goes. */
static int keep_piece(struct machine *m, const struct virtual_range *from, gpa_t start, uint64_t *size, struct error *e)
{
	struct space_slot slot;
	struct kept *kept;
	uint64_t rest;

	space_find(m->space, start, &slot);
	rest = slot.size - (start.v - slot.start.v);
	if (*size > rest)
		*size = rest;
	kept = slot.cap.type == CAP_ENTRY ? kept_of(m, slot.cap.object.keeper) : NULL;
	if (kept)
		return wrap(m, kept, e);
	if (in_window(m, start) || slot.cap.type == CAP_ENTRY)
		return 0; /* the guest's kernel answers there: vmm/declared tells of it */
	if (slot.cap.type != CAP_PAGE)
		return refuse_absent(m, from, start, e);
	if (keep_run(m, from, start, *size, e) < 0)
		return -1;
	return wrap(m, &m->kept[m->nkept - 1], e);
}

bool traced_is_fixed(struct machine *m, uint64_t page)
{
	for (uint64_t at = page; at < page + PAGE_SIZE;) {
		struct space_slot slot;
		const struct kept *kept;

		space_find(m->space, (gpa_t){at}, &slot);
		kept = slot.cap.type == CAP_ENTRY ? kept_of(m, slot.cap.object.keeper) : NULL;
		if (slot.cap.type == CAP_NULL ||
		    (slot.cap.type == CAP_ENTRY && !(kept && traced_is_ours(m->traced, kept))))
			return true;
		if (slot.start.v + slot.size <= at)
			break;
		at = slot.start.v + slot.size;
	}
	return false;
}

/* What of one run of addresses is not traced yet. */
static int trace_run(struct machine *m, const struct virtual_range *from, gpa_t start, uint64_t size, struct error *e)
{
	struct watched *w = &m->traced->recorder.watched;
	uint64_t at = start.v, n = size, rest;

	while (n > 0 && watched_new_in(w, &at, &n, &rest)) {
		uint64_t all = n + rest;
		struct watched_range range = {.start = at, .stores_only = from->range.stores_only};

		if (keep_piece(m, from, (gpa_t){at}, &n, e) < 0)
			return -1;
		range.size = n;
		if (watched_add(w, &range, __rdtsc()) < 0)
			return error_set(e, STATUS_HOST, "out of memory");
		traced_arm_new(m, &range);
		at += n;
		n = all - n;
	}
	return 0;
}

static int trace_range(struct cpu *c, unsigned i, const struct regs *regs, struct error *e)
{
	return keep_range(c, &c->machine->traced->options->ranges[i], regs, trace_run, e);
}

int traced_ranges_start(struct machine *m, struct error *e)
{
	struct traced *t = m->traced;

	for (unsigned i = 0; i < t->options->nranges; i++) {
		int done = trace_range(&m->cpus[0], i, &m->boot_state.regs, e);

		if (done < 0)
			return -1;
		if (done == 0 && !t->options->ranges[i].range.of_user && boot_kind_of(m->boot) == BOOT_BARE)
			return error_set(e, STATUS_USAGE, "range \"%s\": the guest's tables do not map it",
					 t->options->ranges[i].range.text);
		t->deferred[i] = done == 0;
		t->ndeferred += done == 0;
	}
	return 0;
}

int traced_ranges_deferred(struct cpu *c, const struct regs *regs, struct error *e)
{
	struct traced *t = c->machine->traced;

	for (unsigned i = 0; i < t->options->nranges; i++) {
		int done;

		if (!t->deferred[i])
			continue;
		done = trace_range(c, i, regs, e);
		if (done < 0)
			return -1;
		if (done == 0)
			continue;
		t->deferred[i] = false;
		t->ndeferred--;
	}
	return 0;
}

/* --- where the guest's kernel answers for a while ----------------------------------------------------- */

/* What of a keeper of ours lies in [start, start+size): false if nothing does. */
static bool overlap(const struct kept *k, gpa_t start, uint64_t size, gpa_t *from, uint64_t *n)
{
	uint64_t first = k->start.v > start.v ? k->start.v : start.v;
	uint64_t end = k->start.v + k->size < start.v + size ? k->start.v + k->size : start.v + size;

	if (first >= end)
		return false;
	from->v = first;
	*n = end - first;
	return true;
}

/* What is known of the bytes changes with who answers. */
static void begin_anew(struct machine *m, gpa_t start, uint64_t size)
{
	for (uint64_t page = start.v; page < start.v + size; page += PAGE_SIZE) {
		struct watched_page *p = watched_page_at(&m->traced->recorder.watched, page);

		if (!p)
			continue;
		p->fixed = traced_is_fixed(m, page);
		if (!p->disarmed && m->traced->recorder.writer)
			traced_mark_page(m, p, TRACE_ARMED);
	}
}

static void put_back(struct machine *m, gpa_t start, uint64_t size)
{
	for (unsigned i = 0; i < m->nkept; i++) {
		const struct kept *k = &m->kept[i];
		struct space_slot slot;
		uint64_t n;
		gpa_t from;

		if (!traced_is_ours(m->traced, k) || !overlap(k, start, size, &from, &n))
			continue;
		space_find(m->space, from, &slot);
		if (slot.cap.type == CAP_PAGE)
			(void)space_put_part(m->space, from, n, cap_entry(k->keeper, RIGHTS_ALL, 0),
					     from.v - k->start.v, k->from->range.stores_only);
	}
}

bool traced_yield(void *machine, gpa_t start, uint64_t size)
{
	struct machine *m = machine;
	bool had_room = true;

	for (unsigned i = 0; m->traced && had_room && i < m->nkept; i++) {
		uint64_t n;
		gpa_t from;

		if (traced_is_ours(m->traced, &m->kept[i]) && overlap(&m->kept[i], start, size, &from, &n))
			had_room = space_cut_entry(m->space, from, n, m->kept[i].keeper) == 0;
	}
	if (!had_room)
		put_back(m, start, size);
	return had_room;
}

void traced_resume(void *machine, gpa_t start, uint64_t size)
{
	struct machine *m = machine;

	if (!m->traced)
		return;
	put_back(m, start, size);
	for (uint64_t page = start.v; page < start.v + size; page += PAGE_SIZE)
		if (watched_page_at(&m->traced->recorder.watched, page) && !traced_is_fixed(m, page))
			(void)traced_set_page(m, page);
	begin_anew(m, start, size);
}
