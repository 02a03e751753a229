/* walk.c: the only reader of spaces as address spaces. */
#include "guest/kernel/walk.h"

#include "guest/kernel/page.h"
#include "guest/kernel/space.h"

#define PAGE_BITS 12

static bool callable(const struct capability *keeper)
{
	struct capability cap = *keeper;

	if (cap.type == TYPE_NULL)
		return false;
	return capability_resolve(&cap, NULL) == RESOLVE_OK && cap.type == TYPE_ENTRY &&
	       !capability_is_virtual_page(&cap);
}

/* The path goes through this space: it may have a nearer keeper. */
static void note_keeper(struct space *space, uint8_t restrictions, struct walk *out)
{
	if ((restrictions & RESTRICT_NO_CALL) || !callable(&space->keeper))
		return;
	out->keeper = space->keeper;
	out->keeper_space = capability_of(TYPE_SPACE, &space->object);
	if (restrictions & RESTRICT_NO_STORE)
		return;
	out->store_keeper = out->keeper;
	out->store_keeper_space = out->keeper_space;
}

static void leaf(struct capability cap, uint64_t offset, uint8_t restrictions, struct walk *out)
{
	if (cap.type == TYPE_NULL || offset >= PAGE_SIZE) {
		out->status = WALK_INVALID;
		return;
	}
	out->leaf = capability_reduce(cap, restrictions);
	if (cap.type == TYPE_PAGE)
		out->status = WALK_PAGE;
	else
		out->status = capability_is_virtual_page(&cap) ? WALK_VIRTUAL : WALK_MALFORMED;
}

void walk(const struct capability *root, uint64_t address, enum walk_way way, struct walk *out)
{
	struct capability cap = *root;
	uint64_t offset = address;
	uint8_t restrictions = 0;
	unsigned limit = SPACE_EXPONENT_MAX + SPACE_SLOT_BITS;

	*out = (struct walk){.status = WALK_MALFORMED};
	/* A space must fit the slot it is in, so exponents fall and the walk ends. */
	for (;;) {
		struct space *space;
		enum resolve found = capability_resolve(&cap, way == WALK_TO_USE ? &out->blocked : NULL);

		if (found != RESOLVE_OK) {
			out->status = found == RESOLVE_BLOCKED ? WALK_BLOCKED : WALK_MALFORMED;
			return;
		}
		restrictions |= cap.restrictions;
		if (cap.type != TYPE_SPACE) {
			leaf(cap, offset, restrictions, out);
			return;
		}
		space = space_of(cap.object);
		if (space->exponent + (unsigned)SPACE_SLOT_BITS > limit)
			return;
		note_keeper(space, restrictions, out);
		limit = space->exponent;
		if (offset >> (PAGE_BITS + limit + SPACE_SLOT_BITS)) {
			out->status = WALK_INVALID;
			return;
		}
		cap = capability_fetch(&space->slot[offset >> (PAGE_BITS + limit)], restrictions);
		offset &= (1ull << (PAGE_BITS + limit)) - 1;
	}
}

uint64_t walk_forbids(const struct walk *w, bool write, bool execute)
{
	uint8_t restrictions = w->leaf.restrictions;

	if (write && (restrictions & RESTRICT_NO_STORE))
		return FAULT_ACCESS;
	if (execute && (restrictions & RESTRICT_NO_EXECUTE))
		return FAULT_ACCESS;
	/* A load would be a message: behind a no-call edge none is sent. */
	if (w->status == WALK_VIRTUAL && (restrictions & RESTRICT_NO_CALL))
		return FAULT_ACCESS;
	return FAULT_NONE;
}
