/*
 * lock.h: a fair lock: who asks first has it first.
 *
 * Each asker draws a ticket and waits until it is served. A lock that nobody holds
 * costs one locked instruction to take and one to release, inline; who has
 * to wait looks a short while, then sleeps in a futex. It knows its holder, so that a
 * thread can find out that it would wait for itself. It is no owner of memory:
 * there is nothing to free.
 */
#ifndef CAPMODEL_LOCK_H
#define CAPMODEL_LOCK_H

#include "capmodel/rare.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero: free. */
struct lock {
	atomic_uint next; /* the ticket that the next asker draws */
	atomic_uint served; /* the holder's; equal to next if there is none */
	_Atomic(const void *) holder; /* lock_thread() of the holder, or NULL */
};

/* What tells threads apart: the thread pointer. Source: System V ABI, x86-64, "Thread-Local Storage". */
static inline const void *lock_thread(void)
{
	const void *thread;

	__asm__("mov %%fs:0, %0" : "=r"(thread));
	return thread;
}

/*
 * Waiting in pieces, for who has something to do before it sleeps. lock_draw() draws a ticket: true, and the lock is
 * held; or false, and then lock_wait() has to be called, and lock_hold() after it. lock_look() between them looks a
 * short while whether the ticket is served.
 */
static inline bool lock_draw(struct lock *lock, unsigned *ticket);
static inline void lock_hold(struct lock *lock);
bool lock_look(struct lock *lock, unsigned ticket) __attribute__((cold));

/* lock.c: the ways of those who wait, and of those who find that others do. */
void lock_wait(struct lock *lock, unsigned ticket) __attribute__((cold));
void lock_wake(struct lock *lock, unsigned ticket) __attribute__((cold));

static inline void lock_hold(struct lock *lock)
{
	atomic_store_explicit(&lock->holder, lock_thread(), memory_order_relaxed);
}

static inline bool lock_draw(struct lock *lock, unsigned *ticket)
{
	*ticket = atomic_fetch_add(&lock->next, 1);
	if (rare(atomic_load_explicit(&lock->served, memory_order_acquire) != *ticket))
		return false;
	lock_hold(lock);
	return true;
}

/* Wait for the lock and hold it. A thread that holds it already waits for ever: see lock_is_mine(). */
static inline void lock_take(struct lock *lock)
{
	unsigned ticket;

	if (usual(lock_draw(lock, &ticket)))
		return;
	lock_wait(lock, ticket);
	lock_hold(lock);
}

/* Hold the lock if it is free. False, and nothing has changed, if not. */
static inline bool lock_try(struct lock *lock)
{
	unsigned free = atomic_load_explicit(&lock->served, memory_order_acquire);

	if (!atomic_compare_exchange_strong(&lock->next, &free, free + 1))
		return false;
	atomic_store_explicit(&lock->holder, lock_thread(), memory_order_relaxed);
	return true;
}

/* Give it up; only its holder may. */
static inline void lock_release(struct lock *lock)
{
	unsigned ticket = atomic_load_explicit(&lock->served, memory_order_relaxed) + 1;

	atomic_store_explicit(&lock->holder, NULL, memory_order_relaxed);
	/* a full barrier: either the next asker sees that it is served, or its ticket is seen here */
	atomic_exchange(&lock->served, ticket);
	if (rare(atomic_load_explicit(&lock->next, memory_order_relaxed) != ticket))
		lock_wake(lock, ticket);
}

/* Does the calling thread hold it? */
static inline bool lock_is_mine(struct lock *lock)
{
	return atomic_load_explicit(&lock->holder, memory_order_relaxed) == lock_thread();
}

#endif
