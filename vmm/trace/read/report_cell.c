/* report_cell.c: 8 bytes of memory, and what one access after another does to them. */
#include "vmm/trace/read/report_state.h"

#include <stdlib.h>

/* One access's part in one cell. */
struct touch {
	const struct trace_record *record;
	struct report_cell *cell;
	uint32_t site, process_bit;
	uint8_t bytes; /* a bit a byte */
	uint64_t process;
};

/* Those from 31 on share one. */
static uint32_t bit_of(uint32_t number)
{
	return 1u << (number < 31 ? number : 31);
}

static struct report_pair *pair(struct report *r, uint32_t first, uint32_t second, enum report_relation relation)
{
	struct report_pair *p;

	if (!first || !second)
		return NULL;
	p = bounded_at(&r->pairs, (uint64_t)first << 32 | second, relation);
	if (p)
		p->count++;
	return p;
}

/* Both in one function, as far as that is known. */
static bool one_function(const struct report *r, uint32_t a, uint32_t b)
{
	const struct report_site *x, *y;
	uint64_t apart;

	if (!a || !b || a == b)
		return false;
	x = bounded_row_at(&r->sites, a - 1);
	y = bounded_row_at(&r->sites, b - 1);
	if (x->known || y->known)
		return x->known && y->known && x->function == y->function;
	apart = x->key.a > y->key.a ? x->key.a - y->key.a : y->key.a - x->key.a;
	return apart < REPORT_FETCH_REACH;
}

/*
 * The same bytes loaded twice, by two instructions of one function on one vCPU for one process, soon after
 * each other, and not because it stored there itself in between.
 */
static void double_fetch(struct report *r, const struct touch *t)
{
	const struct report_cell *cell = t->cell;
	struct report_pair *p;

	if (!(cell->load_bytes & t->bytes) || cell->load_vcpu != t->record->vcpu || cell->load_process != t->process ||
	    t->record->sequence - cell->load_sequence > REPORT_FETCH_WINDOW ||
	    (cell->load_then_store && cell->store_vcpu == t->record->vcpu && cell->store_process == t->process) ||
	    !one_function(r, cell->load_site, t->site))
		return;
	p = pair(r, cell->load_site, t->site, RELATION_FETCH);
	if (p)
		p->changed += cell->load_then_store;
}

/* True: it reads bytes that nobody has stored. */
static bool load(struct report *r, const struct touch *t)
{
	struct report_cell *cell = t->cell;
	bool unwritten = (t->bytes & ~cell->written) != 0;

	if (cell->stored & t->bytes)
		pair(r, cell->store_site, t->site, RELATION_FLOW);
	double_fetch(r, t);
	cell->fresh &= (uint8_t)~t->bytes;
	cell->readers |= bit_of(t->record->vcpu);
	cell->loaders |= t->process_bit;
	cell->load_site = t->site;
	cell->load_bytes = t->bytes;
	cell->load_vcpu = t->record->vcpu;
	cell->load_process = t->process;
	cell->load_sequence = t->record->sequence;
	cell->load_then_store = false;
	return unwritten;
}

static void store(struct report *r, const struct touch *t)
{
	struct report_cell *cell = t->cell;

	/* nothing of the last store was loaded, and nothing of it is left */
	if (cell->fresh && cell->fresh == cell->stored && !(cell->fresh & ~t->bytes))
		pair(r, cell->store_site, t->site, RELATION_DEAD);
	cell->stored = cell->fresh = t->bytes;
	cell->written |= t->bytes;
	cell->store_site = t->site;
	cell->writers |= bit_of(t->record->vcpu);
	cell->storers |= t->process_bit;
	cell->load_then_store = true;
	cell->store_vcpu = t->record->vcpu;
	cell->store_process = t->process;
}

static bool touch_cell(struct report *r, const struct touch *t)
{
	struct report_cell *cell = t->cell;
	enum trace_kind kind = t->record->kind;
	bool unwritten = false;

	cell->accesses++;
	if (kind == TRACE_LOAD || kind == TRACE_RMW)
		unwritten = load(r, t);
	if (kind == TRACE_STORE || kind == TRACE_RMW)
		store(r, t);
	return unwritten;
}

void report_cells(struct report *r, const struct trace_record *record, struct report_who who)
{
	uint64_t at = record->gpa, left = record->size;
	bool unwritten = false;

	while (left > 0) {
		unsigned offset = at % 8, n = 8 - offset < left ? 8 - offset : (unsigned)left;
		struct touch t = {
			.record = record,
			.cell = bounded_at(&r->cells, at / 8, 0),
			.site = who.site,
			.process_bit = bit_of(who.process ? who.process - 1 : 31),
			.bytes = (uint8_t)(((1u << n) - 1) << offset),
			.process = record->badge ? record->badge : record->cr3,
		};

		if (t.cell) {
			if (!(record->flags & TRACE_PHYSICAL))
				t.cell->linear = record->linear + (at - record->gpa) - offset;
			unwritten |= touch_cell(r, &t);
		}
		at += n;
		left -= n;
	}
	if (unwritten && who.site) {
		struct report_address *address = bounded_find(&r->addresses, record->gpa, 0);

		((struct report_site *)bounded_row_at(&r->sites, who.site - 1))->unwritten++;
		if (address)
			address->unwritten++;
	}
}
