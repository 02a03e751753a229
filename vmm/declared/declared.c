#include "capmodel/bytes.h"
#include "vmm/declared/state.h"

#include <stdlib.h>
#include <string.h>

/* --- the keeper that stands for all such pages ------------------------------------- */

static uint8_t *code_for(struct declared_code *code, const struct transaction *t, const struct access *a)
{
	uint64_t at = a->offset - code->offset;

	if (code->transaction != t->id || code->object != a->badge || a->op != ACCESS_LOAD)
		return NULL;
	return at < code->size && a->size <= code->size - at ? code->bytes + at : NULL;
}

/* What stands for these bytes in this transaction: of a page that a STEP named, or code. NULL: the kernel is asked. */
static uint8_t *bytes_for(struct keeper *k, const struct transaction *t, const struct access *a)
{
	struct declared *d = (struct declared *)k;
	struct declared_cpu *c = t->vcpu < d->ncpus ? d->cpus[t->vcpu] : NULL;

	if (c && c->transaction == t->id && c->use == USE_STEP)
		return declared_stepped_bytes(c, a->badge, a->offset, a->size);
	return c ? code_for(&c->code, t, a) : NULL;
}

/* The kernel answers later: consult.c looks whether it has. What it has opened is there. */
static enum verdict admit(struct keeper *k, const struct transaction *t, const struct access *a, struct answer *answer)
{
	(void)answer;
	return bytes_for(k, t, a) ? VERDICT_DONE : VERDICT_SUSPEND;
}

static void load(struct keeper *k, const struct transaction *t, struct access *a)
{
	const uint8_t *bytes = bytes_for(k, t, a);

	if (bytes)
		bytes_load(a->before, bytes, a->size);
	else
		memset(a->before, 0, a->size);
}

static void store(struct keeper *k, const struct transaction *t, const struct access *a)
{
	uint8_t *bytes = bytes_for(k, t, a);

	if (bytes)
		bytes_store(bytes, a->after, a->size);
}

/* For the trace: the guest's kernel has answered, or named a page to step on. */
static void complete(struct keeper *k, const struct transaction *t, const struct access *a)
{
	const struct declared *d = (struct declared *)k;
	const struct declared_cpu *c = t->vcpu < d->ncpus ? d->cpus[t->vcpu] : NULL;
	bool stepped = c && c->transaction == t->id && c->use == USE_STEP;

	if (t->witness && t->witness->record)
		t->witness->record(t, a, k->ops->name, stepped ? VERDICT_STEP : VERDICT_DONE);
}

static const struct keeper_ops ops = {
	.name = "guest", .admit = admit, .load = load, .store = store, .complete = complete};

/* --- making it ------------------------------------------------------------------------ */

struct declared *declared_new(const struct declared_host *host)
{
	struct declared *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	keeper_init(&d->keeper, &ops);
	d->host = *host;
	return d;
}

struct declared_cpu *declared_cpu_new(struct declared *d)
{
	size_t size = (sizeof(struct declared_cpu) + 63) & ~(size_t)63;
	struct declared_cpu *c;

	if (d->ncpus == DECLARED_CPUS_MAX)
		return NULL;
	c = aligned_alloc(64, size);
	if (!c)
		return NULL;
	memset(c, 0, size);
	c->of = d;
	d->cpus[d->ncpus++] = c;
	return c;
}

void declared_free(struct declared *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < d->ncpus; i++)
		free(d->cpus[i]);
	free(d);
}

const struct declared_stats *declared_stats_of(const struct declared_cpu *c)
{
	return &c->stats;
}

/* --- memory ----------------------------------------------------------------------------- */

struct guest_area *area_of(const struct declared_cpu *c)
{
	if (!c->attached)
		return NULL;
	return (struct guest_area *)(void *)ram_bytes(c->of->host.ram, c->area, GUEST_AREA_SIZE);
}

bool areas_touch(const struct declared *d, gpa_t start, uint64_t size)
{
	for (unsigned i = 0; i < d->ncpus; i++) {
		const struct declared_cpu *c = d->cpus[i];

		if (c->attached && c->area.v < start.v + size && start.v < c->area.v + GUEST_AREA_SIZE)
			return true;
	}
	return false;
}

bool declared_is_memory(const struct declared *d, gpa_t start, uint64_t size)
{
	if (!ram_bytes(d->host.ram, start, size))
		return false;
	for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
		gpa_t page = {start.v + at};
		struct space_slot slot;

		space_find(d->host.space, page, &slot);
		if (slot.cap.type != CAP_PAGE || slot.size - (page.v - slot.start.v) < PAGE_SIZE ||
		    trap_get(d->host.trap, page) != TRAP_NONE)
			return false;
	}
	return true;
}
