/*
 * walk.h: from an address to the capability there, through spaces and forwarders.
 *
 * Restrictions along the path add up. The keeper found is the callable one nearest to
 * the leaf: behind a no-call edge none is looked for, and for a store none behind the first read-only
 * or weak edge, so that a keeper below it is never asked to grant what the path forbids.
 */
#ifndef GUEST_KERNEL_WALK_H
#define GUEST_KERNEL_WALK_H

#include "guest/kernel/capability.h"

enum walk_status {
	WALK_PAGE, /* leaf is a page */
	WALK_VIRTUAL, /* leaf is an entry that poses as a page */
	WALK_INVALID, /* nothing there: FAULT_INVALID_ADDRESS */
	WALK_MALFORMED, /* FAULT_MALFORMED_SPACE */
	WALK_BLOCKED, /* a forwarder on the way makes those who come wait */
};

struct walk {
	enum walk_status status;
	struct capability leaf; /* its restrictions are the whole path's */
	struct forwarder *blocked;
	struct capability keeper, keeper_space; /* null: none */
	struct capability store_keeper, store_keeper_space;
};

enum walk_way {
	WALK_TO_USE,
	WALK_TO_LOOK, /* blocked forwarders are followed too */
};
void walk(const struct capability *root, uint64_t address, enum walk_way way, struct walk *out);

/* The fault of a walk that has found a page, for this use of it; FAULT_NONE if it may be. */
uint64_t walk_forbids(const struct walk *w, bool write, bool execute);

#endif
