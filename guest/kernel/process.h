/*
 * process.h: registers, slots, and what the process waits for.
 *
 * A process waits for one thing at a time; PROCESS_STOP is apart from that, so that a
 * process can be stopped and resumed in the middle of any wait.
 */
#ifndef GUEST_KERNEL_PROCESS_H
#define GUEST_KERNEL_PROCESS_H

#include "guest/kernel/access.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/message.h"
#include "guest/kernel/object.h"
#include "guest/kernel/reply.h"
#include "guest/kernel/transfer.h"

enum wait {
	WAIT_NOTHING, /* ready, or running */
	WAIT_MESSAGE, /* at its endpoint; link is in endpoint.receivers */
	WAIT_SEND, /* its letter is in an endpoint's queue */
	WAIT_REPLY,
	WAIT_LOCK, /* of a view; link is in view.waiting */
	WAIT_FORWARDER, /* blocked; link is in forwarder.waiting */
	WAIT_NOTIFICATION, /* link is in notification.waiting */
	WAIT_CHANNEL, /* link is in channel.waiting */
	WAIT_SLEEP, /* link is in kernel.sleepers */
};

struct process {
	struct object object;
	struct process_registers registers;
	struct capability slot[INVOKE_SLOTS];
	struct capability space, keeper, endpoint;
	enum wait wait;
	bool stopped;
	bool step; /* one instruction, then FAULT_EXCEPTION */
	uint8_t kind; /* INVOKE_* of the system call under way */
	struct link link; /* in kernel.ready, or in the ring of what it waits for */
	void (*then)(struct process *); /* what is to be done when its turn comes, before it runs; or NULL */
	uint64_t wake; /* tick */
	struct view *wanted; /* WAIT_LOCK */
	struct reply reply; /* by which it is answered */
	struct link owes; /* the replies it is to use: reply.owed */
	struct letter letter; /* what it sends: its own message, or what the kernel asks for it */
	struct transfer transfer; /* of a string between its memory and `string` */
	struct access access;
	uint8_t string[INVOKE_STRING_MAX]; /* sent or received; in a STEP, the page before */
	uint8_t page_before[INVOKE_STRING_MAX]; /* of a STEP on a second page */
	uint8_t vector[MACHINE_VECTOR_AREA] __attribute__((aligned(64)));
	uint8_t vector_before[MACHINE_VECTOR_AREA]; /* of a STEP */
};

struct process *process_of(struct object *object);

/* The part of its access that is at hand. */
static inline struct guest_part *process_part(struct process *p)
{
	return &p->access.record.part_of[p->access.record.part];
}

/* It waits, in that ring (or in none: NULL); `then`: what is done once it need not. */
void process_wait(struct process *p, enum wait wait, struct link *ring, void (*then)(struct process *));

/* It waits no more: in its turn, `then` is done (if not NULL), and it runs. */
void process_ready(struct process *p, void (*then)(struct process *));

/* The same, and next: for who was waiting for what the running process just gave. */
void process_ready_next(struct process *p, void (*then)(struct process *));

/* Out of whatever it waits for; what was asked for it is never answered. It is ready then, if not stopped. */
void process_cancel(struct process *p);

/* It runs no more until it is resumed, and keeps what it waits for; but an access is asked anew then. */
void process_stop(struct process *p);

#endif
