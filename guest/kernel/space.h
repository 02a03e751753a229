/* space.h: 16 slots of memory, and who is asked when something is missing. */
#ifndef GUEST_KERNEL_SPACE_H
#define GUEST_KERNEL_SPACE_H

#include "guest/kernel/object.h"

#define SPACE_SLOTS 16
#define SPACE_SLOT_BITS 4
#define SPACE_EXPONENT_MAX 31 /* 16 slots of 2^31 pages are 2^47 bytes */

struct space {
	struct object object;
	uint8_t exponent; /* a slot is 2^exponent pages */
	struct capability slot[SPACE_SLOTS];
	struct capability keeper;
};

struct space *space_of(struct object *object);

#endif
