/* node.h: 16 slots of any capability. */
#ifndef GUEST_KERNEL_NODE_H
#define GUEST_KERNEL_NODE_H

#include "guest/kernel/object.h"

#define NODE_SLOTS 16

struct node {
	struct object object;
	struct capability slot[NODE_SLOTS];
};

struct node *node_of(struct object *object);

#endif
