/*
 * message.h: messages, and the letters by which they wait at an endpoint.
 *
 * A message is complete in the kernel before it goes anywhere: a string lies in the
 * sender's record, not in its memory. So nothing a process changes later, and nobody's
 * slow memory, is between two processes.
 */
#ifndef GUEST_KERNEL_MESSAGE_H
#define GUEST_KERNEL_MESSAGE_H

#include "guest/kernel/capability.h"
#include "guest/kernel/link.h"

struct process;
struct endpoint;

struct message {
	uint64_t order; /* of an answer: its result */
	uint64_t word[INVOKE_WORDS];
	struct capability cap[INVOKE_CAPS];
	const void *string;
	uint32_t length; /* of the string, at most INVOKE_STRING_MAX */
};

struct letter {
	struct link link; /* in its endpoint's queue */
	struct process *from; /* NULL: a notice of a view's, of which it is part */
	uint64_t badge;
	bool call; /* who gets it gets a reply capability too */
	struct message message;
};

/* What a process asks for by one system call: its capability is live and no forwarder. */
struct invocation {
	struct process *by;
	struct capability cap;
	const struct message *in;
	struct message *out; /* the answer; all zero is RESULT_OK and nothing else */
	bool call; /* false: nobody waits for the answer, so the order must not wait */
};

/* Sets the result. */
enum outcome message_result(struct invocation *invocation, uint64_t result);

/*
 * Into the process's registers, slots and buffer, as its registers say; then it runs.
 * `caller`: who gets the reply that comes with it, or NULL.
 */
void message_deliver(struct process *to, const struct message *message, uint64_t badge, struct process *caller);

/* It answers the process that is first in this ring of those who wait. False: none does. */
bool message_to_first(struct link *waiting, const struct message *message);

/* To the process that waits at the endpoint, or into its queue; the sender, if it has one, waits meanwhile. */
void letter_send(struct letter *letter, struct endpoint *endpoint);

/* The first letter of the endpoint's to this process, which waits at it. False: there is none. */
bool letter_take(struct endpoint *endpoint, struct process *receiver);

#endif
