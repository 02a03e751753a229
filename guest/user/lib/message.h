/*
 * message.h: invocations, as guest/abi/invoke.h has them in registers.
 */
#ifndef GUEST_USER_LIB_MESSAGE_H
#define GUEST_USER_LIB_MESSAGE_H

#include "guest/abi/invoke.h"

#include <stddef.h>
#include <stdint.h>

/* Slots sent or received into, as R12 and R15 hold them. */
#define MESSAGE_CAPS(a, b) ((uint64_t)(a) | (uint64_t)(b) << 8)
#define MESSAGE_REPLY(slot) ((uint64_t)(slot) << 32)

struct message {
	uint64_t order; /* out: of the answer, its result */
	uint64_t word[INVOKE_WORDS];
	uint64_t caps; /* slots sent; out: a mask of the capabilities that came and are not null */
	const void *string;
	uint64_t length; /* of string; out: what came into buffer */
	uint64_t receive; /* slots to receive into */
	void *buffer;
	uint64_t room;
	uint64_t badge; /* out */
};

/* INVOKE_OK, or why nothing was sent or received. *m holds what came. */
uint64_t invoke(uint64_t kind, uint64_t slot, struct message *m);

/* CALL, for those who want no more than the result: RESULT_*, or RESULT_USER and up; INVOKE_E* as RESULT_ARGUMENT. */
uint64_t message_call(uint64_t slot, struct message *m);

/* A call with words and at most one capability each way (slot 0: none). */
uint64_t message_ask(uint64_t slot, uint64_t order, uint64_t word0, uint64_t word1, uint64_t send, uint64_t receive);

_Static_assert(offsetof(struct message, caps) == 40 && offsetof(struct message, receive) == 64 &&
		       offsetof(struct message, badge) == 88,
	       "start.S has these offsets");

#endif
