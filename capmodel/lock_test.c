/* The lock of a keeper: one holder at a time, in the order of asking, and none who sleeps for ever. */
#include "capmodel/lock.h"

#include "tests/check.h"

#include <pthread.h>
#include <time.h>

#define THREADS 4
#define ROUNDS 20000

struct shared {
	struct lock lock;
	unsigned inside; /* how many threads are, as they see it */
	unsigned long count;
	unsigned wrong;
	unsigned order[THREADS], norder;
	atomic_uint go;
};

static void nap(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static void *counter(void *argument)
{
	struct shared *s = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 3 == 0) {
			while (!lock_try(&s->lock))
				continue;
		} else {
			lock_take(&s->lock);
		}
		s->wrong += ++s->inside != 1 || !lock_is_mine(&s->lock);
		s->count++;
		if (i % 4096 == 0)
			nap(50); /* long enough for the others to fall asleep */
		s->inside--;
		lock_release(&s->lock);
	}
	return NULL;
}

static void one_at_a_time(void)
{
	struct shared s = {.count = 0};
	pthread_t threads[THREADS];

	/* tickets begin again after 2^32 */
	atomic_store(&s.lock.next, UINT32_MAX - 100);
	atomic_store(&s.lock.served, UINT32_MAX - 100);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, counter, &s);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(s.wrong, 0);
	CHECK_EQ(s.count, THREADS * ROUNDS);
	CHECK(lock_try(&s.lock));
}

static void trying_takes_nothing_from_others(void)
{
	struct lock lock = {0};

	CHECK(lock_try(&lock));
	CHECK(!lock_try(&lock));
	CHECK(lock_is_mine(&lock));
	lock_release(&lock);
	CHECK(!lock_is_mine(&lock));
	lock_take(&lock);
	CHECK(lock_is_mine(&lock));
	lock_release(&lock);
	CHECK(lock_try(&lock));
}

static void *asker(void *argument)
{
	struct shared *s = argument;
	unsigned number = atomic_fetch_add(&s->go, 1);

	s->wrong += lock_is_mine(&s->lock);
	lock_take(&s->lock);
	s->order[s->norder++] = number;
	lock_release(&s->lock);
	return NULL;
}

/* All of them asleep, then served in the order in which they asked. */
static void who_asks_first_has_it_first(void)
{
	struct shared s = {.count = 0};
	pthread_t threads[THREADS];

	lock_take(&s.lock);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, asker, &s);
		while (atomic_load(&s.lock.next) != i + 2)
			nap(10);
	}
	nap(20000);
	CHECK_EQ(s.norder, 0);
	lock_release(&s.lock);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(s.wrong, 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQ(s.order[i], i);
}

CHECK_MAIN(CHECK_TEST(one_at_a_time), CHECK_TEST(trying_takes_nothing_from_others),
	   CHECK_TEST(who_asks_first_has_it_first))
