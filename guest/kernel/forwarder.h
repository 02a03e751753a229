/*
 * forwarder.h: stands for its target until it is rescinded. The bank gives the control
 * capability; what FORWARDER_GET gives out names the facet, whose version rescinding raises.
 */
#ifndef GUEST_KERNEL_FORWARDER_H
#define GUEST_KERNEL_FORWARDER_H

#include "guest/kernel/object.h"

struct forwarder {
	struct object object;
	struct object facet; /* TYPE_FORWARDER, in no pool */
	struct capability target;
	bool blocked;
	struct link waiting; /* processes that came while blocked */
};

struct process;

/* Until it is unblocked or rescinded. */
void forwarder_wait(struct forwarder *f, struct process *p, void (*then)(struct process *));

struct forwarder *forwarder_of_facet(struct object *facet);

#endif
