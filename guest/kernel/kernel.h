/* kernel.h: what there is once. */
#ifndef GUEST_KERNEL_KERNEL_H
#define GUEST_KERNEL_KERNEL_H

#include "guest/kernel/object.h"
#include "guest/kernel/view.h"

struct kernel {
	struct pool pool[TYPES];
	struct bank *bank; /* the first one, from which all come */
	struct process *current; /* who runs, or ran last; NULL once destroyed */
	struct link ready; /* processes that may run, in order of their turns */
	struct link sleepers;
	struct link accesses; /* processes with an access or page order that is not complete */
	uint64_t last_access, last_object; /* numbers given out; never reused */
	struct view view[VIEWS];
	unsigned nviews; /* the first so many have been in use */
	uint64_t lease_end; /* the tick at which the first lease ends, or one that has been ended since; 0: none */
};

/* The one record without an owner: machine.h names no kernel, and there is only one. */
extern struct kernel kernel;

#endif
