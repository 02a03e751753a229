/*
 * order.h: whose turn it is: what the parts of one transaction are asked, one after
 * the other (guest/abi/virtual.h). Pure.
 *
 *	one part	LOAD, or STORE; a read-modify-write LOAD, then STORE
 *	several		ADMIT each, then LOAD each that reads, then STORE each that writes
 *	no bytes	ADMIT each: an instruction that takes none (CLFLUSH)
 *
 * A part that has a frame is answered for: it has no turn any more.
 */
#ifndef VMM_DECLARED_ORDER_H
#define VMM_DECLARED_ORDER_H

#include "guest/abi/virtual.h"

#include <stdbool.h>

struct turn {
	unsigned phase; /* GUEST_PHASE_* */
	unsigned part;
};

struct order {
	const struct guest_part *parts;
	unsigned nparts; /* 1.. */
	bool no_bytes;
};

bool order_reads(const struct guest_part *part);
bool order_writes(const struct guest_part *part);

/* The first turn, of parts without a frame. */
struct turn order_first(const struct order *o);

/* The turn after *t; false if t is the last, and then it is untouched. */
bool order_next(const struct order *o, struct turn *t);

/* Is it one of the turns of this transaction? */
bool order_has(const struct order *o, struct turn t);

/* Is a before b, or b itself? */
bool order_up_to(struct turn a, struct turn b);

#endif
