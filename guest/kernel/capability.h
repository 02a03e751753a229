/*
 * capability.h: the 32 bytes that stand in a slot.
 *
 * A capability names an object and carries the object's version at the time it was
 * made. Destroying or rescinding raises the object's version, so every old capability is
 * null at its next use; the record of an object never moves and is only reused for the
 * same type. Restrictions (RESTRICT_*) are only ever added.
 */
#ifndef GUEST_KERNEL_CAPABILITY_H
#define GUEST_KERNEL_CAPABILITY_H

#include "guest/abi/invoke.h"

#include <stdbool.h>
#include <stdint.h>

struct object;
struct forwarder;

#define CAPABILITY_VIRTUAL 0x1 /* TYPE_ENTRY: poses as a page */
#define CAPABILITY_CONTROL 0x2 /* TYPE_FORWARDER: the one that the bank gave, which is not followed */

struct capability {
	uint8_t type; /* TYPE_* */
	uint8_t restrictions; /* RESTRICT_* */
	uint8_t flags; /* CAPABILITY_* */
	uint8_t reserved[5];
	uint64_t badge; /* entry: its badge; forwarder: the word it gives; number: the value */
	uint64_t version;
	struct object *object; /* NULL: number, discrim, console and clock have none */
};

_Static_assert(sizeof(struct capability) == 32, "a capability is 32 bytes");

/* Either of them: nothing is stored, and nothing changed. */
#define RESTRICT_NO_STORE (RESTRICT_READ_ONLY | RESTRICT_WEAK)

#define RESTRICT_ALL (RESTRICT_READ_ONLY | RESTRICT_WEAK | RESTRICT_NO_EXECUTE | RESTRICT_OPAQUE | RESTRICT_NO_CALL)

/* Edges of a path through forwarders and spaces; more is a loop or as bad. */
#define CAPABILITY_DEPTH 20

struct capability capability_null(void);
struct capability capability_of(uint8_t type, struct object *object);

/* What stands in a slot now: null if its object has gone. */
struct capability capability_now(const struct capability *slot);

/* More restrictions. */
struct capability capability_reduce(struct capability cap, uint8_t restrictions);

/* As fetched through a capability with the restrictions `through`: weak makes weak and read-only, or null. */
struct capability capability_fetch(const struct capability *slot, uint8_t through);

bool capability_same(const struct capability *a, const struct capability *b);
bool capability_is_virtual_page(const struct capability *cap);

/* Whether it may stand in a space: what is behind a forwarder is seen when the space is walked. */
bool capability_may_map(const struct capability *cap);

/* Whether it may be set as a keeper: an entry, a forwarder (what it leads to is seen when it is called), or null. */
bool capability_may_keep(const struct capability *cap);

/* Forwarders are followed; what they restrict is added, and their word badges an entry that has no badge. */
enum resolve {
	RESOLVE_OK, /* *cap is live and no forwarder, or null */
	RESOLVE_LOOP, /* more than CAPABILITY_DEPTH forwarders; *cap is untouched */
	RESOLVE_BLOCKED, /* *blocked makes those who come wait; *cap is untouched */
};
/* blocked NULL: blocked forwarders are followed too. */
enum resolve capability_resolve(struct capability *cap, struct forwarder **blocked);

#endif
