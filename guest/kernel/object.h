/*
 * object.h: what every object has, where objects live, and what a type is.
 *
 * Objects of one type lie in one array, made once over the memory given to
 * kernel_start(). A record is free, or belongs to one bank.
 */
#ifndef GUEST_KERNEL_OBJECT_H
#define GUEST_KERNEL_OBJECT_H

#include "guest/kernel/capability.h"
#include "guest/kernel/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bank;
struct invocation;

struct object {
	uint64_t version; /* a capability with another is null; starts at 1 and never falls */
	struct bank *bank; /* NULL: free */
	struct link link; /* of its bank's objects, or of its type's free ones */
	uint8_t type; /* TYPE_* */
};

/* Whether an order was answered. */
enum outcome {
	OUTCOME_ANSWER, /* the answer is made */
	OUTCOME_WAITS, /* the process waits, and will be answered by whoever ends that */
};

/* One for each type, in its own file. */
struct type {
	uint64_t first, last; /* its orders: others are RESULT_ORDER, whatever the capability is restricted to */
	size_t size; /* of the record; 0: no objects of this type */
	unsigned share; /* of the memory, in 256ths */
	/* Fills a cleared record. False: there is not enough memory, and nothing is left behind. */
	bool (*make)(struct object *object, uint64_t argument);
	/* The version is raised already: take the object out of whatever it is in. */
	void (*destroy)(struct object *object); /* NULL: nothing is to be done */
	/* NULL: answered elsewhere, or no orders but those of every capability. */
	enum outcome (*invoke)(struct invocation *invocation);
};

#define TYPES (TYPE_CLOCK + 1)

/* NULL for a number that is no type. */
const struct type *type_of(uint8_t type);

struct pool {
	uint64_t first; /* physical address of the first record */
	uint32_t count, nfree;
	struct link free;
};

/* Records, `count` times the type's size at the physical address, where all is zero; they are free then. */
void pool_init(struct pool *pool, uint8_t type, uint64_t physical, uint32_t count);

/* NULL: no record is free, or make() refused. */
struct object *object_new(uint8_t type, struct bank *bank, uint64_t argument);

/* Every capability of it is null from here on. What spaces map is the caller's to take back (access_sweep()). */
void object_destroy(struct object *object);

#endif
