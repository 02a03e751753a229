#include "vmm/boot/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void layout_init(struct layout *layout, const struct ram *ram)
{
	layout->ram = ram;
	layout->npieces = 0;
}

static bool may_hold(const struct ram_region *r)
{
	return r->kind == RAM_MAIN || r->kind == RAM_EXTRA;
}

const char *layout_memory_text(const struct ram *ram, char *text, unsigned size)
{
	unsigned used = 0;

	snprintf(text, size, "none");
	for (unsigned i = 0; i < ram->nregions && used < size; i++) {
		const struct ram_region *r = &ram->regions[i];

		if (may_hold(r))
			used += (unsigned)snprintf(text + used, size - used, "%s0x%" PRIx64 "-0x%" PRIx64,
						   used ? ", " : "", r->start.v, r->start.v + r->size - 1);
	}
	return text;
}

/* The first piece that [start, start+size) touches, or NULL. The sum must not wrap. */
static const struct layout_piece *in_the_way(const struct layout *layout, uint64_t start, uint64_t size)
{
	for (unsigned i = 0; i < layout->npieces; i++) {
		const struct layout_piece *p = &layout->pieces[i];

		if (start < p->start.v + p->size && p->start.v < start + size)
			return p;
	}
	return NULL;
}

static int no_room(const char *name, struct error *e)
{
	return error_set(e, STATUS_INPUT, "%s: more than %u pieces to put into memory", name, LAYOUT_PIECES_MAX);
}

int layout_add(struct layout *layout, gpa_t start, uint64_t size, const char *path, const char *part, struct error *e)
{
	const struct ram_region *region = ram_region_of(layout->ram, start);
	const struct layout_piece *other;
	char name[LAYOUT_NAME_MAX], memory[160];

	snprintf(name, sizeof(name), "%s%s%s", path, part ? ": " : "", part ? part : "");
	if (size == 0)
		return 0;
	if (size - 1 > UINT64_MAX - start.v)
		return error_set(e, STATUS_INPUT,
				 "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64 " wrap around the address space", name, size,
				 start.v);
	if (!region || !may_hold(region) || size > region->size - (start.v - region->start.v))
		return error_set(e, STATUS_INPUT, "%s: 0x%" PRIx64 "-0x%" PRIx64 " is not within guest memory (%s)",
				 name, start.v, start.v + size - 1,
				 layout_memory_text(layout->ram, memory, sizeof(memory)));
	other = in_the_way(layout, start.v, size);
	if (other)
		return error_set(e, STATUS_INPUT,
				 "%s: 0x%" PRIx64 "-0x%" PRIx64 " overlaps %s at 0x%" PRIx64 "-0x%" PRIx64, name,
				 start.v, start.v + size - 1, other->name, other->start.v,
				 other->start.v + other->size - 1);
	if (layout->npieces == LAYOUT_PIECES_MAX)
		return no_room(name, e);
	layout->pieces[layout->npieces] = (struct layout_piece){.start = start, .size = size};
	memcpy(layout->pieces[layout->npieces++].name, name, sizeof(name));
	return 0;
}

/* The highest place in [low, high) for size bytes that touches no piece. */
static bool highest(const struct layout *layout, uint64_t low, uint64_t high, uint64_t size, uint64_t align,
		    uint64_t *start)
{
	while (high > low && high - low >= size) {
		uint64_t at = (high - size) & ~(align - 1);
		const struct layout_piece *other;

		if (at < low)
			return false;
		other = in_the_way(layout, at, size);
		if (!other) {
			*start = at;
			return true;
		}
		high = other->start.v;
	}
	return false;
}

int layout_add_high(struct layout *layout, uint64_t size, uint64_t align, uint64_t limit, const char *path,
		    const char *part, gpa_t *start, struct error *e)
{
	for (unsigned i = layout->ram->nregions; i-- > 0;) {
		const struct ram_region *r = &layout->ram->regions[i];
		uint64_t high = r->start.v + r->size < limit ? r->start.v + r->size : limit;
		uint64_t at;

		if (r->kind != RAM_MAIN || !highest(layout, r->start.v, high, size, align, &at))
			continue;
		if (layout_add(layout, (gpa_t){at}, size, path, part, e) < 0)
			return -1;
		*start = (gpa_t){at};
		return 0;
	}
	return error_set(e, STATUS_INPUT, "%s%s%s: no room for its %" PRIu64 " bytes in main memory below 0x%" PRIx64,
			 path, part ? ": " : "", part ? part : "", size, limit);
}

/* The lowest place in [low, high) for size bytes that touches no piece. */
static bool lowest(const struct layout *layout, uint64_t low, uint64_t high, uint64_t size, uint64_t align,
		   uint64_t *start)
{
	uint64_t at = (low + align - 1) & ~(align - 1);

	while (at >= low && at < high && high - at >= size) {
		const struct layout_piece *other = in_the_way(layout, at, size);

		if (!other) {
			*start = at;
			return true;
		}
		low = other->start.v + other->size;
		at = (low + align - 1) & ~(align - 1);
	}
	return false;
}

int layout_add_low(struct layout *layout, uint64_t size, uint64_t align, uint64_t from, uint64_t limit,
		   const char *path, const char *part, gpa_t *start, struct error *e)
{
	for (unsigned i = 0; i < layout->ram->nregions; i++) {
		const struct ram_region *r = &layout->ram->regions[i];
		uint64_t low = r->start.v > from ? r->start.v : from;
		uint64_t high = r->start.v + r->size < limit ? r->start.v + r->size : limit;
		uint64_t at;

		if (r->kind != RAM_MAIN || !lowest(layout, low, high, size, align, &at))
			continue;
		if (layout_add(layout, (gpa_t){at}, size, path, part, e) < 0)
			return -1;
		*start = (gpa_t){at};
		return 0;
	}
	return error_set(e, STATUS_INPUT,
			 "%s%s%s: no room for its %" PRIu64 " bytes in main memory in 0x%" PRIx64 "-0x%" PRIx64, path,
			 part ? ": " : "", part ? part : "", size, from, limit - 1);
}
