/* endpoint.h: where processes wait for messages, and letters for processes. */
#ifndef GUEST_KERNEL_ENDPOINT_H
#define GUEST_KERNEL_ENDPOINT_H

#include "guest/kernel/object.h"

struct process;

struct endpoint {
	struct object object;
	struct link letters; /* struct letter, in order */
	struct link receivers; /* processes */
};

struct endpoint *endpoint_of(struct object *object);

/* The process waits for the next message at its endpoint; INVOKE_EENDPOINT if that has gone. */
void endpoint_receive(struct process *p);

#endif
