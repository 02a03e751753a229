/*
 * keeper.h: what every keeper of a page is made of. A keeper says what a load gives and what a store does; the
 * loop, the messages, and the orders that a page takes (read, write, erase, copy) are here.
 */
#ifndef GUEST_USER_LIB_KEEPER_H
#define GUEST_USER_LIB_KEEPER_H

#include "guest/user/lib/child.h"

#define KEEPER_PAGE_SIZE 4096u
#define KEEPER_SLOT_REPLY 11 /* of the access at hand, until it is answered */
#define KEEPER_SLOT_SENT 12 /* the capability that came with an order */

struct keeper_request {
	uint64_t id; /* of the access; 0: an order to the page, done piece by piece */
	uint64_t info; /* ACCESS_INFO_* */
	uint64_t badge, restrictions;
	unsigned offset, size; /* size: 1..64 */
	/* As in struct keeper_access. A load puts its value into `before`. */
	uint8_t before[64], after[64];
	/* With the answer: */
	uint8_t cap; /* a slot */
	uint64_t word[2];
};

/* Each gives ANSWER_*. What is NULL refuses: the client gets FAULT_ACCESS; but admit, which then admits. */
struct keeper {
	uint64_t (*admit)(struct keeper_request *r);
	uint64_t (*load)(struct keeper_request *r);
	uint64_t (*store)(struct keeper_request *r);
	uint64_t (*stepped)(struct keeper_request *r); /* NULL accepts */
	void (*gone)(const struct keeper_request *r); /* what was held or stepped will not be completed; may be NULL */
	/* Any order that is not a page's, through an entry; word[] is in and out. A result. */
	uint64_t (*order)(struct keeper_request *r, uint64_t order);
};

/* An answer of the operations': none at all. Who waits stays waiting. */
#define KEEPER_SILENT ~0ull

/* Never returns. */
void keeper_serve(const struct keeper *keeper) __attribute__((noreturn));

/* Bytes of the page in this slot of the keeper's own. A result. */
uint64_t keeper_read(uint8_t slot, unsigned offset, unsigned size, uint8_t *bytes);
uint64_t keeper_write(uint8_t slot, unsigned offset, unsigned size, const uint8_t *bytes);

/* The client's fault. */
uint64_t keeper_fault(struct keeper_request *r, uint64_t fault, uint64_t code);

#endif
