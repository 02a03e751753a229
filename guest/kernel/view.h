/*
 * view.h: what the kernel keeps of a virtual page that is in use: its frame in the window,
 * its lock, its lease. A virtual page is an endpoint and a badge; views come and go.
 */
#ifndef GUEST_KERNEL_VIEW_H
#define GUEST_KERNEL_VIEW_H

#include "guest/kernel/message.h"

#include <stdbool.h>
#include <stdint.h>

#define VIEWS 256

struct endpoint;

struct view {
	struct endpoint *endpoint; /* NULL: free */
	uint64_t badge;
	uint64_t object; /* what its frame was declared as; VIEWS times a serial number, and its index */
	uint64_t frame; /* in the window; 0: none yet */
	/* The lock: from the first part of an access to the last, one process alone is answered. */
	struct process *owner;
	struct link held; /* in the owner's access.held */
	struct link waiting; /* processes, in order */
	bool told; /* the keeper has done its part, or a step: it is to hear if the rest never comes */
	bool closing; /* it is being told: nobody gets the lock before it has heard */
	unsigned pins; /* answers that the monitor has not used yet: the view stays as they know it */
	struct letter notice;
	/* A page in its place, until a tick. */
	struct capability lease;
	uint8_t lease_restrictions;
	uint64_t lease_end; /* 0: none */
};

void view_init(struct view *view);

/* The view of the virtual page, made if there is none; NULL if all are in use. */
struct view *view_of(const struct capability *virtual_page);

/* Whether this is the view of that live capability. */
bool view_is_of(const struct view *view, const struct capability *cap);

struct walk;

/* A walk that ends at a leased virtual page ends at the page in its place, if the lease allows this use. */
void view_look(struct walk *w, bool write, bool execute);

/* The view whose frame was declared as this object; NULL if it is gone. */
struct view *view_of_object(uint64_t object);

/* The window frame to be mapped; 0 if there is none to be had. */
uint64_t view_frame(struct view *view);

enum lock {
	LOCK_HELD,
	LOCK_WAITS, /* in order; `then` is done once it is held */
	LOCK_DEADLOCK, /* who holds it waits for what the process holds */
};
enum lock view_lock(struct view *view, struct process *p, void (*then)(struct process *));

/* To whoever waits first; not before the keeper knows, if it is to be told. */
void view_unlock(struct view *view);

/* By SEND to the keeper, which holds or steps an access that will not be completed. */
void view_tell(struct view *view, uint64_t order, const uint64_t word[4]);

/* The notice has been delivered. */
void view_told(struct letter *notice);

/* The page in the view's place, with the lease's and its own restrictions; null if there is none. */
struct capability view_leased(struct view *view);
void view_lease(struct view *view, const struct capability *page, uint8_t restrictions, uint64_t ticks);
void view_lease_end(struct view *view);

/* Leases whose time is over. */
void view_tick(void);

/* The endpoint is destroyed: all its views go, and each access to them faults. */
void view_endpoint_gone(struct endpoint *endpoint);

#endif
