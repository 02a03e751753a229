/*
 * reply.h: the capability, of one use, by which a process is answered. A process waits
 * for at most one answer, so the object is a part of it; using it raises its version.
 *
 * A reply is owed by the process that received it last. If that one is destroyed, or
 * stops at a fault that nobody handles, its replies die and whoever waits is told.
 */
#ifndef GUEST_KERNEL_REPLY_H
#define GUEST_KERNEL_REPLY_H

#include "guest/kernel/object.h"

struct message;
struct process;

/* What the answer is for. */
enum purpose {
	FOR_CALL, /* the process's own CALL */
	FOR_ACCESS, /* an access that a keeper is asked for */
	FOR_ORDER, /* a page's order, sent on to its keeper */
	FOR_COPY, /* PAGE_READ of a virtual page, for PAGE_COPY_FROM to a real one */
	FOR_SPACE_FAULT, /* a space's keeper */
	FOR_PROCESS_FAULT, /* the process's keeper */
};

struct reply {
	struct object object; /* TYPE_REPLY, in no pool */
	enum purpose purpose;
	struct link owed; /* in the owes of the process that is to answer */
};

void reply_init(struct reply *reply);

/* The capability, owed by the process. */
struct capability reply_capability(struct reply *reply, struct process *owed_by);

/* It was passed on: from now on this process owes it. */
void reply_pass(const struct capability *cap, struct process *owed_by);

/* No use of it has an effect any more. */
void reply_die(struct reply *reply);

/* Uses it: the message goes to who waits. caller: who gets a reply with it, or NULL. */
void reply_answer(struct reply *reply, const struct message *message, struct process *caller);

/* Nobody will answer: who waits is told so, once. */
void reply_orphan(struct reply *reply);

/* All that the process owes. */
void reply_orphan_all(struct process *owed_by);

struct reply *reply_of(struct object *object);

#endif
