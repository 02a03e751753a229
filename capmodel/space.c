/*
 * space.c: two sorted tables of ranges, memory below and entries above.
 *
 * A table's ranges never overlap. A look-up is one binary search in each; what
 * stands at an address is the run around it in both tables at once. Each put
 * is a capability of its own: neighbours are not merged, even where their bytes
 * are. A slot of an entry ends where the memory under it does, so that *under
 * is right for the whole slot.
 *
 * Ranges are kept by their last byte, not their end: a range may reach the very
 * top of the address space.
 */
#include "capmodel/space.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct range {
	uint64_t start, last;
	uint64_t offset; /* of start in the object */
	struct capability cap;
	bool stores_only;
};

struct table {
	struct range *ranges; /* sorted by start, disjoint */
	size_t count, room;
};

struct space {
	struct table memory, entries;
	uint64_t changes;
	pthread_rwlock_t *lock; /* of entries; NULL until space_share() */
};

/* The addresses around a gpa at which a table says the same. */
struct run {
	uint64_t start, last;
	const struct range *range; /* NULL: a gap */
};

struct space *space_new(void)
{
	return calloc(1, sizeof(struct space));
}

void space_free(struct space *s)
{
	if (!s)
		return;
	free(s->memory.ranges);
	free(s->entries.ranges);
	if (s->lock)
		pthread_rwlock_destroy(s->lock);
	free(s->lock);
	free(s);
}

static void begin_look(const struct space *s)
{
	if (s->lock)
		pthread_rwlock_rdlock(s->lock);
}

static void end_look(const struct space *s)
{
	if (s->lock)
		pthread_rwlock_unlock(s->lock);
}

static void begin_change(const struct space *s)
{
	if (s->lock)
		pthread_rwlock_wrlock(s->lock);
}

static void end_change(struct space *s)
{
	__atomic_fetch_add(&s->changes, 1, __ATOMIC_RELEASE);
	if (s->lock)
		pthread_rwlock_unlock(s->lock);
}

/* How many ranges start at or below gpa: the last of them is the only one that can hold it. */
static size_t table_position(const struct table *t, uint64_t gpa)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->ranges[middle].start <= gpa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct run table_run(const struct table *t, uint64_t gpa)
{
	size_t next = table_position(t, gpa);
	struct run run = {.start = 0, .last = UINT64_MAX};

	if (next > 0) {
		const struct range *below = &t->ranges[next - 1];

		if (gpa <= below->last)
			return (struct run){.start = below->start, .last = below->last, .range = below};
		run.start = below->last + 1; /* below->last < gpa, so this cannot wrap */
	}
	if (next < t->count)
		run.last = t->ranges[next].start - 1; /* its start is above gpa, so above 0 */
	return run;
}

static int table_grow(struct table *t)
{
	size_t room = t->room ? t->room * 2 : 16;
	struct range *ranges;

	if (t->count < t->room)
		return 0;
	if (room > SIZE_MAX / sizeof(*ranges))
		return -ENOMEM;
	ranges = realloc(t->ranges, room * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	t->ranges = ranges;
	t->room = room;
	return 0;
}

/* There is room for it. */
static void table_insert(struct table *t, size_t at, struct range range)
{
	memmove(&t->ranges[at + 1], &t->ranges[at], (t->count - at) * sizeof(*t->ranges));
	t->ranges[at] = range;
	t->count++;
}

static int table_put(struct table *t, uint64_t start, uint64_t size, struct capability cap, uint64_t offset,
		     bool stores_only)
{
	uint64_t last = start + (size - 1);
	size_t at;

	if (size == 0 || last < start)
		return -EINVAL;
	at = table_position(t, last);
	if (at > 0 && t->ranges[at - 1].last >= start)
		return -EEXIST;
	if (table_grow(t) < 0)
		return -ENOMEM;
	table_insert(
		t, at,
		(struct range){.start = start, .last = last, .cap = cap, .offset = offset, .stores_only = stores_only});
	return 0;
}

int space_put_memory(struct space *s, gpa_t start, uint64_t size, uint8_t *bytes, uint8_t rights)
{
	if (!bytes)
		return -EINVAL;
	return table_put(&s->memory, start.v, size, cap_page(bytes, rights), 0, false);
}

int space_put_entry(struct space *s, gpa_t start, uint64_t size, struct capability cap, bool stores_only)
{
	return space_put_part(s, start, size, cap, 0, stores_only);
}

int space_put_part(struct space *s, gpa_t start, uint64_t size, struct capability cap, uint64_t offset,
		   bool stores_only)
{
	int status;

	if (cap.type != CAP_ENTRY && cap.type != CAP_FORWARDER)
		return -EINVAL;
	begin_change(s);
	status = table_put(&s->entries, start.v, size, cap, offset, stores_only);
	end_change(s);
	return status;
}

/* --- cutting ----------------------------------------------------------------------- */

static void table_remove(struct table *t, size_t at)
{
	t->count--;
	memmove(&t->ranges[at], &t->ranges[at + 1], (t->count - at) * sizeof(*t->ranges));
}

/* Take [start, last] out of the range at `at`, which it touches; there is room for one more. */
static void table_cut(struct table *t, size_t at, uint64_t start, uint64_t last)
{
	struct range whole = t->ranges[at];

	table_remove(t, at);
	if (whole.last > last) {
		struct range right = whole;

		right.start = last + 1;
		right.offset += right.start - whole.start;
		table_insert(t, at, right);
	}
	if (whole.start < start) {
		whole.last = start - 1;
		table_insert(t, at, whole);
	}
}

static bool is_of(const struct range *range, const struct keeper *keeper)
{
	return range->cap.type == CAP_ENTRY && range->cap.object.keeper == keeper;
}

/* From the last range that starts at or below last, downwards: all that reach to start. */
static int cut_entry(struct table *t, uint64_t start, uint64_t last, const struct keeper *keeper)
{
	size_t end = table_position(t, last), at;

	for (at = end; at > 0 && t->ranges[at - 1].last >= start; at--)
		if (!is_of(&t->ranges[at - 1], keeper))
			return -EEXIST;
	if (table_grow(t) < 0)
		return -ENOMEM;
	while (end > at)
		table_cut(t, --end, start, last);
	return 0;
}

int space_cut_entry(struct space *s, gpa_t start, uint64_t size, const struct keeper *keeper)
{
	uint64_t last = start.v + (size - 1);
	int status;

	if (size == 0 || last < start.v)
		return -EINVAL;
	begin_change(s);
	status = cut_entry(&s->entries, start.v, last, keeper);
	end_change(s);
	return status;
}

int space_share(struct space *s)
{
	s->lock = malloc(sizeof(*s->lock));
	if (!s->lock)
		return -ENOMEM;
	pthread_rwlock_init(s->lock, NULL);
	return 0;
}

uint64_t space_changes(const struct space *s)
{
	return __atomic_load_n(&s->changes, __ATOMIC_ACQUIRE);
}

size_t space_entries(const struct space *s)
{
	size_t count;

	begin_look(s);
	count = s->entries.count;
	end_look(s);
	return count;
}

/*
 * The size of [start, last] that holds gpa. Only the run of an empty space has
 * 2^64 bytes, one too many to count: it loses the end that gpa is not at.
 */
static void slot_set_extent(struct space_slot *slot, uint64_t start, uint64_t last, uint64_t gpa)
{
	if (start == 0 && last == UINT64_MAX) {
		if (gpa == UINT64_MAX)
			start++;
		else
			last--;
	}
	slot->start.v = start;
	slot->size = last - start + 1;
}

static void find(const struct space *s, uint64_t gpa, struct space_slot *out)
{
	struct run entry = table_run(&s->entries, gpa), memory = table_run(&s->memory, gpa);
	const struct range *owner = entry.range ? entry.range : memory.range;

	/* each field where it stays: a record copied right after it was written waits for its pieces */
	out->cap = owner ? owner->cap : cap_null;
	out->under = cap_null;
	out->stores_only = false;
	slot_set_extent(out, entry.start > memory.start ? entry.start : memory.start,
			entry.last < memory.last ? entry.last : memory.last, gpa);
	out->offset = owner ? owner->offset + (out->start.v - owner->start) : 0;
	if (entry.range && memory.range) {
		out->under = memory.range->cap;
		out->under.object.page += out->start.v - memory.range->start;
		out->stores_only = entry.range->stores_only;
	}
}

void space_find(const struct space *s, gpa_t gpa, struct space_slot *out)
{
	begin_look(s);
	find(s, gpa.v, out);
	end_look(s);
}
