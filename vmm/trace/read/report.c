#include "vmm/trace/read/report_state.h"

#include "capmodel/keeper.h"

#include <stdlib.h>
#include <string.h>

struct report *report_new(const struct places *places)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->places = places;
	bounded_init(&r->sites, sizeof(struct report_site), REPORT_SITES);
	bounded_init(&r->addresses, sizeof(struct report_address), REPORT_ADDRESSES);
	bounded_init(&r->pages, sizeof(struct report_page), REPORT_PAGES);
	bounded_init(&r->cells, sizeof(struct report_cell), REPORT_CELLS);
	bounded_init(&r->pairs, sizeof(struct report_pair), REPORT_PAIRS);
	bounded_init(&r->processes, sizeof(struct report_process), REPORT_PROCESSES);
	bounded_init(&r->runs, sizeof(struct report_run), REPORT_PAGES);
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	bounded_free(&r->sites);
	bounded_free(&r->addresses);
	bounded_free(&r->pages);
	bounded_free(&r->cells);
	bounded_free(&r->pairs);
	bounded_free(&r->processes);
	bounded_free(&r->runs);
	free(r);
}

/* The time since the last change of what is armed. */
static void pass_time(struct report *r, uint64_t tsc)
{
	double cycles = r->since && tsc > r->since ? (double)(tsc - r->since) : 0;

	r->seen += cycles * (double)r->armed_bytes;
	r->unseen += cycles * (double)r->off_bytes;
	r->since = tsc;
}

static void armed(struct report *r, const struct trace_record *record)
{
	struct report_run *run = bounded_at(&r->runs, record->gpa, 0);

	pass_time(r, record->tsc);
	if (run && run->armed)
		return; /* told again: what was known of its bytes is known no more */
	if (run) {
		r->off_bytes -= run->off;
		run->off = 0;
		run->armed = true;
	}
	r->armed_bytes += record->count;
	if (r->armed_bytes + r->off_bytes > r->traced_bytes)
		r->traced_bytes = r->armed_bytes + r->off_bytes;
}

static void disarmed(struct report *r, const struct trace_record *record)
{
	struct report_run *run = bounded_at(&r->runs, record->gpa, 0);

	pass_time(r, record->tsc);
	if (run && !run->armed)
		return;
	r->armed_bytes -= record->count < r->armed_bytes ? record->count : r->armed_bytes;
	if (run) {
		run->off = record->count;
		run->armed = false;
		r->off_bytes += run->off;
	}
}

static void marker(struct report *r, const struct trace_record *record)
{
	if (record->kind == TRACE_ARMED)
		armed(r, record);
	else if (record->kind == TRACE_DISARMED || record->kind == TRACE_MAPPED)
		disarmed(r, record);
	else if (record->kind == TRACE_LOST)
		r->lost += record->count;
}

static bool is_same(const struct trace_record *record)
{
	return (record->flags & TRACE_BEFORE) && (record->flags & TRACE_AFTER) &&
	       memcmp(record->before, record->after, record->size) == 0;
}

/* Its bounded_index(); 0: the table is full. */
static uint32_t count_site(struct report *r, const struct trace_record *record)
{
	struct report_site *site = bounded_at(&r->sites, record->rip, 0);

	if (!site)
		return 0;
	if (!site->function) {
		site->function = record->rip;
		site->known = r->places && places_symbol(r->places, record->rip, &site->function);
	}
	site->counts.kinds[record->kind]++;
	if (record->kind == TRACE_STORE || record->kind == TRACE_RMW)
		site->same += is_same(record);
	return bounded_index(&r->sites, site);
}

/* Counts what it touches; whose it is: bounded_index(). */
static uint32_t count_places(struct report *r, const struct trace_record *record)
{
	struct report_address *address = bounded_at(&r->addresses, record->gpa, 0);
	struct report_page *page = bounded_at(&r->pages, record->gpa / 4096, 0);
	struct report_process *process = bounded_at(&r->processes, record->badge, record->cr3);

	if (address) {
		address->counts.kinds[record->kind]++;
		if (!(record->flags & TRACE_PHYSICAL))
			address->linear = record->linear;
	}
	if (page)
		page->counts.kinds[record->kind]++;
	if (process)
		process->counts.kinds[record->kind]++;
	return process ? bounded_index(&r->processes, process) : 0;
}

void report_record(struct report *r, const struct trace_record *record)
{
	struct report_who who;

	if (r->records++ == 0)
		r->first_tsc = record->tsc;
	if (record->tsc > r->last_tsc)
		r->last_tsc = record->tsc;
	if (record->kind < TRACE_KINDS)
		r->kinds[record->kind]++;
	if (!trace_is_access(record->kind)) {
		marker(r, record);
		return;
	}
	if (record->size > TRACE_VALUE_MAX)
		return;
	if (record->verdict == VERDICT_DENY) {
		r->denied++;
		return;
	}
	r->accesses++;
	r->bytes[record->kind] += record->size;
	r->sizes[record->size][record->kind]++;
	r->vcpus[record->vcpu]++;
	who.process = count_places(r, record);
	who.site = count_site(r, record);
	report_cells(r, record, who);
}
