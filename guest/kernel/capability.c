/* capability.c: making, restricting and following capabilities. */
#include "guest/kernel/capability.h"

#include "guest/kernel/forwarder.h"
#include "guest/kernel/object.h"

struct capability capability_null(void)
{
	return (struct capability){.type = TYPE_NULL};
}

struct capability capability_of(uint8_t type, struct object *object)
{
	return (struct capability){.type = type, .version = object ? object->version : 0, .object = object};
}

static bool is_live(const struct capability *cap)
{
	return !cap->object || cap->object->version == cap->version;
}

struct capability capability_now(const struct capability *slot)
{
	return is_live(slot) ? *slot : capability_null();
}

struct capability capability_reduce(struct capability cap, uint8_t restrictions)
{
	if (cap.type != TYPE_NULL)
		cap.restrictions |= restrictions;
	return cap;
}

static bool is_facet(const struct capability *cap)
{
	return cap->type == TYPE_FORWARDER && !(cap->flags & CAPABILITY_CONTROL);
}

/* What may be had through a weak capability: nothing by which anything could be changed. */
static struct capability weaken(struct capability cap)
{
	bool memory = cap.type == TYPE_PAGE || cap.type == TYPE_SPACE || cap.type == TYPE_NODE ||
		      capability_is_virtual_page(&cap) || is_facet(&cap);

	if (memory)
		return capability_reduce(cap, RESTRICT_WEAK | RESTRICT_READ_ONLY);
	return cap.type == TYPE_NUMBER || cap.type == TYPE_DISCRIM ? cap : capability_null();
}

struct capability capability_fetch(const struct capability *slot, uint8_t through)
{
	struct capability cap = capability_now(slot);

	if (through & RESTRICT_WEAK)
		cap = weaken(cap);
	return capability_reduce(cap, through & RESTRICT_NO_CALL);
}

bool capability_same(const struct capability *a, const struct capability *b)
{
	return a->type == b->type && a->restrictions == b->restrictions && a->flags == b->flags &&
	       a->badge == b->badge && a->version == b->version && a->object == b->object;
}

bool capability_is_virtual_page(const struct capability *cap)
{
	return cap->type == TYPE_ENTRY && (cap->flags & CAPABILITY_VIRTUAL);
}

bool capability_may_map(const struct capability *cap)
{
	return cap->type == TYPE_NULL || cap->type == TYPE_PAGE || cap->type == TYPE_SPACE || is_facet(cap) ||
	       capability_is_virtual_page(cap);
}

bool capability_may_keep(const struct capability *cap)
{
	return cap->type == TYPE_NULL || is_facet(cap) || (cap->type == TYPE_ENTRY && !capability_is_virtual_page(cap));
}

enum resolve capability_resolve(struct capability *cap, struct forwarder **blocked)
{
	struct capability at;

	if (cap->type != TYPE_FORWARDER && is_live(cap))
		return RESOLVE_OK; /* as most are */
	at = capability_now(cap);
	for (unsigned edges = 0; is_facet(&at); edges++) {
		struct forwarder *f = forwarder_of_facet(at.object);
		struct capability next = capability_fetch(&f->target, at.restrictions);

		if (edges == CAPABILITY_DEPTH)
			return RESOLVE_LOOP;
		if (f->blocked && blocked) {
			*blocked = f;
			return RESOLVE_BLOCKED;
		}
		next = capability_reduce(next, at.restrictions);
		if ((next.type == TYPE_ENTRY || next.type == TYPE_FORWARDER) && next.badge == 0)
			next.badge = at.badge;
		at = next;
	}
	*cap = at;
	return RESOLVE_OK;
}
