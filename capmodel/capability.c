/*
 * capability.c: making, reducing and resolving capabilities.
 *
 * A forwarder's target never changes; the only thing that does is the
 * rescinded flag, once, from false to true. So resolving takes no lock, and a
 * resolve that begins after forwarder_rescind() returned finds nothing.
 */
#include "capmodel/capability.h"

#include "capmodel/keeper.h"

#include <stdatomic.h>
#include <stdlib.h>

struct forwarder {
	struct capability target; /* as it was given; not resolved, so a chain stays revocable at each link */
	atomic_bool rescinded;
};

const struct capability cap_null = {.type = CAP_NULL};

struct capability cap_page(uint8_t *bytes, uint8_t rights)
{
	if (!bytes)
		return cap_null;
	return (struct capability){
		.type = CAP_PAGE,
		.rights = rights & RIGHTS_ALL,
		.object.page = bytes,
	};
}

struct capability cap_entry(struct keeper *keeper, uint8_t rights, uint64_t badge)
{
	if (!keeper)
		return cap_null;
	return (struct capability){
		.type = CAP_ENTRY,
		.rights = rights & RIGHTS_ALL,
		.badge = badge,
		.object.keeper = keeper,
	};
}

struct capability cap_reduce(struct capability cap, uint8_t rights)
{
	cap.rights &= rights;
	return cap;
}

struct forwarder *forwarder_new(struct capability target)
{
	struct forwarder *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->target = target;
	atomic_init(&f->rescinded, false);
	return f;
}

struct capability cap_forwarder(struct forwarder *f, uint8_t rights)
{
	if (!f)
		return cap_null;
	return (struct capability){
		.type = CAP_FORWARDER,
		.rights = rights & RIGHTS_ALL,
		.object.forwarder = f,
	};
}

/* The keeper at the end of the chain, rescinded links or not; NULL if there is none. */
static struct keeper *keeper_behind(struct capability cap)
{
	for (unsigned links = 0; cap.type == CAP_FORWARDER && links < CAP_CHAIN_MAX; links++)
		cap = cap.object.forwarder->target;
	return cap.type == CAP_ENTRY ? cap.object.keeper : NULL;
}

/*
 * First the flag, so that nobody new gets in; then wait for the transaction that
 * may be inside the keeper, which holds its owner lock from before admit until
 * after complete. A keeper that rescinds a way to itself is that transaction, and
 * does not wait for itself.
 */
void forwarder_rescind(struct forwarder *f)
{
	struct keeper *behind = keeper_behind(f->target);

	atomic_store(&f->rescinded, true);
	if (!behind || lock_is_mine(&behind->owner))
		return;
	lock_take(&behind->owner);
	lock_release(&behind->owner);
}

void forwarder_free(struct forwarder *f)
{
	free(f);
}

struct capability cap_resolve_chain(struct capability cap)
{
	uint8_t rights = RIGHTS_ALL;
	uint64_t badge = 0;

	for (unsigned links = 0; cap.type == CAP_FORWARDER; links++) {
		const struct forwarder *f = cap.object.forwarder;

		if (links == CAP_CHAIN_MAX || atomic_load(&f->rescinded))
			return cap_null;
		rights &= cap.rights;
		badge = badge ? badge : cap.badge;
		cap = f->target;
	}
	if (cap.type == CAP_NULL)
		return cap_null;
	cap.rights &= rights;
	cap.badge = badge ? badge : cap.badge;
	return cap;
}
