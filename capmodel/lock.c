#include "capmodel/lock.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOKS 200 /* before sleeping: most accesses are over by then */

/* Sleepers are told apart by their tickets' low bits: one that is not served is rarely woken. */
static unsigned bit_of(unsigned ticket)
{
	return 1u << ticket % 32;
}

bool lock_look(struct lock *lock, unsigned ticket)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (atomic_load_explicit(&lock->served, memory_order_acquire) == ticket)
			return true;
		__builtin_ia32_pause();
	}
	return false;
}

void lock_wait(struct lock *lock, unsigned ticket)
{
	unsigned served;

	if (lock_look(lock, ticket))
		return;
	while ((served = atomic_load_explicit(&lock->served, memory_order_acquire)) != ticket)
		(void)syscall(SYS_futex, &lock->served, FUTEX_WAIT_BITSET_PRIVATE, served, NULL, NULL, bit_of(ticket));
}

void lock_wake(struct lock *lock, unsigned ticket)
{
	(void)syscall(SYS_futex, &lock->served, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, bit_of(ticket));
}
