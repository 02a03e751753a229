/* bank.h: where objects come from and go back to. */
#ifndef GUEST_KERNEL_BANK_H
#define GUEST_KERNEL_BANK_H

#include "guest/kernel/object.h"

struct bank {
	struct object object;
	struct link objects; /* what it gave, sub-banks among it */
	uint64_t count; /* live objects of it and of its sub-banks */
	unsigned depth; /* sub-bank of a sub-bank; at most CAPABILITY_DEPTH */
};

void bank_add(struct bank *bank, struct object *object);
void bank_remove(struct object *object);

#endif
