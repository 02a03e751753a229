/*
 * traced_arm.c: pages that trap to be traced, and those that do not for a while. Each change is a record, with the
 * bytes that stand there when a page is looked at again.
 */
#include "vmm/machine/traced.h"

#include <x86intrin.h>

#define FLUSH_PAGES 256 /* contents of pages put at once: they must not fill the buffer */

int traced_set_page(struct machine *m, uint64_t gpa)
{
	struct traced *t = m->traced;
	const struct watched_page *page = watched_page_at(&t->recorder.watched, gpa);
	enum trap_mode mode = traced_gates_wait(t, gpa) ? TRAP_ALL : TRAP_NONE;

	for (unsigned i = 0; i < m->nkept; i++) {
		const struct kept *k = &m->kept[i];

		if (k->start.v >= gpa + PAGE_SIZE || k->start.v + k->size <= gpa)
			continue;
		if (page && page->disarmed && traced_is_ours(t, k))
			continue;
		if (!k->from->range.stores_only)
			mode = TRAP_ALL;
		else if (mode == TRAP_NONE)
			mode = TRAP_STORES;
	}
	return trap_get(m->trap, (gpa_t){gpa}) == mode ? 0 : trap_set(m->trap, (gpa_t){gpa}, mode);
}

/* What the bytes are, without any effect; false where somebody answers there who cannot be asked so. */
static bool peek(struct machine *m, uint64_t gpa, uint64_t size, uint8_t *out)
{
	while (size > 0) {
		uint8_t n = size < ACCESS_SIZE_MAX ? (uint8_t)size : ACCESS_SIZE_MAX;
		struct space_slot slot;

		space_find(m->space, (gpa_t){gpa}, &slot);
		if (slot.cap.type == CAP_NULL)
			return false;
		if (slot.start.v + slot.size - gpa < n)
			n = (uint8_t)(slot.start.v + slot.size - gpa);
		if (!ask_peek(cap_resolve(slot.cap), slot.offset + (gpa - slot.start.v), n, out))
			return false;
		gpa += n;
		out += n;
		size -= n;
	}
	return true;
}

void traced_mark_bytes(struct machine *m, uint64_t gpa, uint64_t size, enum trace_kind kind, const char *text)
{
	struct recorder *r = &m->traced->recorder;
	uint64_t at = gpa, end = gpa + size;
	const struct watched_range *range;
	uint8_t bytes[PAGE_SIZE];

	while (at < end && (range = watched_range_at(&r->watched, at, end - at))) {
		uint64_t from = range->start > at ? range->start : at;
		uint64_t to = range->start + range->size < end ? range->start + range->size : end;
		struct trace_record marker = {.kind = kind, .gpa = from, .count = to - from, .text = text};

		if ((kind == TRACE_ARMED || kind == TRACE_WRITTEN) && peek(m, from, to - from, bytes)) {
			marker.bytes = bytes;
			marker.nbytes = (uint32_t)(to - from);
		}
		recorder_mark(r, &marker);
		at = to;
	}
}

void traced_mark_page(struct machine *m, const struct watched_page *page, enum trace_kind kind)
{
	traced_mark_bytes(m, page->gpa, PAGE_SIZE, kind, NULL);
}

void traced_arm(struct cpu *c, struct watched_page *page, bool armed)
{
	struct machine *m = c->machine;
	struct traced *t = m->traced;

	page->until = 0;
	if (page->mapped || page->disarmed == !armed)
		return;
	watched_arm(page, armed, __rdtsc());
	if (!armed) {
		page->turns++;
		t->disarmings++;
	}
	page->fixed = traced_is_fixed(m, page->gpa);
	if (!page->fixed && traced_set_page(m, page->gpa) < 0)
		machine_stop(c, STOP_HOST, STATUS_HOST, "the trap of gpa 0x%llx cannot be changed",
			     (unsigned long long)page->gpa);
	traced_mark_page(m, page, armed ? TRACE_ARMED : TRACE_DISARMED);
}

void traced_arm_all(struct cpu *c, bool armed)
{
	struct traced *t = c->machine->traced;
	struct watched *w = &t->recorder.watched;

	for (size_t i = 0; i < w->npages; i++) {
		traced_arm(c, &w->pages[i], armed);
		if (i % FLUSH_PAGES == FLUSH_PAGES - 1)
			trace_writer_flush(t->recorder.writer);
	}
}

void traced_arm_new(struct machine *m, const struct watched_range *range)
{
	struct traced *t = m->traced;
	uint64_t page = range->start & ~PAGE_MASK;

	for (unsigned n = 1; page < range->start + range->size; page += PAGE_SIZE, n++) {
		struct watched_page *p = watched_page_at(&t->recorder.watched, page);

		p->fixed = traced_is_fixed(m, page);
		if (t->on && !t->enough) {
			if (t->recorder.writer)
				traced_mark_page(m, p, TRACE_ARMED);
		} else if (!p->disarmed) {
			watched_arm(p, false, __rdtsc());
			if (!p->fixed)
				(void)traced_set_page(m, page);
		}
		if (n % FLUSH_PAGES == 0 && t->recorder.writer)
			trace_writer_flush(t->recorder.writer);
	}
}
