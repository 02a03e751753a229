/* The hold on plain threads: members "run" by counting, as vCPUs would in KVM_RUN. */
#include "vmm/machine/hold.h"

#include "tests/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define SECOND 1000000000ull
#define MS 1000000ull

enum behaviour {
	RUNS, /* until it is kicked; then it comes to hold_point() */
	STEPS, /* runs until it is kicked; then in the middle of an access waits, and holds, before it comes */
	DEAF, /* does not come for a kick */
	HOLDS, /* again and again */
	PAUSES, /* is paused nearly always */
};

struct thread {
	unsigned id;
	enum behaviour behaviour;
	pthread_t thread;
	atomic_bool immediate_exit; /* as kvm_run's */
	atomic_bool amid; /* in the middle of an access */
	atomic_ulong ran; /* times round */
	atomic_ulong touched; /* guest memory, as it were */
	unsigned long held, failed;
};

static struct hold *h;
static struct thread threads[HOLD_MEMBERS_MAX];
static atomic_bool over;
static atomic_int holders;

static void kick(void *self)
{
	struct thread *t = self;

	atomic_store(&t->immediate_exit, true);
}

static void nap(uint64_t ns)
{
	nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

static void run_guest(struct thread *t)
{
	while (!atomic_load(&t->immediate_exit) && !atomic_load(&over)) {
		atomic_fetch_add(&t->touched, 1);
		nap(10000);
	}
	atomic_store(&t->immediate_exit, false);
}

static unsigned long sum_of_others(unsigned id)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		if (i != id)
			sum += atomic_load(&threads[i].touched);
	return sum;
}

/* Nobody else touches anything and nobody else holds, for as long as this thread does. */
static void hold_and_look(struct thread *t)
{
	unsigned late;
	unsigned long before;

	if (hold_begin(h, t->id, 5 * SECOND, &late) < 0) {
		t->failed++;
		return;
	}
	if (atomic_fetch_add(&holders, 1) != 0)
		t->failed++;
	before = sum_of_others(t->id);
	nap(200000);
	if (sum_of_others(t->id) != before)
		t->failed++;
	t->held++;
	atomic_fetch_sub(&holders, 1);
	hold_end(h, t->id);
}

/* An access that waits for an object, and then is a private step. */
static void step(struct thread *t)
{
	atomic_store(&t->amid, true);
	hold_pause(h, t->id);
	nap(300000);
	hold_resume(h, t->id);
	hold_and_look(t);
	atomic_fetch_add(&t->touched, 1);
	atomic_store(&t->amid, false);
}

static void *member(void *self)
{
	struct thread *t = self;

	hold_join(h, t->id, kick, t);
	while (!atomic_load(&over)) {
		switch (t->behaviour) {
		case RUNS:
			run_guest(t);
			break;
		case STEPS:
			run_guest(t);
			step(t);
			break;
		case DEAF:
			nap(MS);
			atomic_fetch_add(&t->ran, 1);
			continue;
		case HOLDS:
			atomic_fetch_add(&t->touched, 1);
			hold_and_look(t);
			break;
		case PAUSES:
			hold_pause(h, t->id);
			nap(20 * MS);
			hold_resume(h, t->id);
			atomic_fetch_add(&t->touched, 1);
			break;
		}
		hold_point(h, t->id);
		atomic_fetch_add(&t->ran, 1);
	}
	hold_leave(h, t->id);
	return NULL;
}

static void start(unsigned id, enum behaviour behaviour)
{
	threads[id].behaviour = behaviour;
	CHECK_EQ(pthread_create(&threads[id].thread, NULL, member, &threads[id]), 0);
	while (atomic_load(behaviour == RUNS || behaviour == STEPS ? &threads[id].touched : &threads[id].ran) == 0)
		nap(MS);
}

static void begin(void)
{
	h = hold_new();
	atomic_store(&over, false);
	memset(threads, 0, sizeof(threads));
	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		threads[i].id = i;
}

static void finish(unsigned first, unsigned n)
{
	atomic_store(&over, true);
	for (unsigned i = first; i < first + n; i++) {
		pthread_join(threads[i].thread, NULL);
		CHECK_EQ(threads[i].failed, 0);
	}
	hold_free(h);
}

/* What the private step does today: nobody else is there. */
static void test_alone(void)
{
	unsigned late = 77;

	begin();
	hold_join(h, 0, kick, &threads[0]);
	hold_point(h, 0);
	CHECK_EQ(hold_begin(h, 0, SECOND, &late), 0);
	hold_point(h, 0); /* the holder is not held */
	hold_end(h, 0);
	CHECK_EQ(hold_begin(h, 0, 0, &late), 0);
	hold_end(h, 0);
	CHECK_EQ(late, 77);
	CHECK(!atomic_load(&threads[0].immediate_exit));
	hold_leave(h, 0);
	hold_free(h);
}

static void test_nests(void)
{
	unsigned long before;
	unsigned late;

	begin();
	hold_join(h, 0, kick, &threads[0]);
	start(1, RUNS);
	CHECK_EQ(hold_begin(h, 0, SECOND, &late), 0);
	CHECK_EQ(hold_begin(h, 0, SECOND, &late), 0);
	hold_end(h, 0);
	before = atomic_load(&threads[1].touched);
	nap(5 * MS);
	CHECK_EQ(atomic_load(&threads[1].touched), before); /* still held */
	hold_end(h, 0);
	nap(100 * MS);
	CHECK(atomic_load(&threads[1].touched) > before);
	hold_leave(h, 0);
	finish(1, 1);
}

static void test_who_does_not_stop(void)
{
	unsigned long before;
	unsigned late = 77;

	begin();
	hold_join(h, 0, kick, &threads[0]);
	start(1, RUNS);
	start(2, DEAF);
	CHECK_EQ(hold_begin(h, 0, 50 * MS, &late), -ETIMEDOUT);
	CHECK_EQ(late, 2);
	CHECK(atomic_load(&threads[2].immediate_exit)); /* it was kicked */
	before = atomic_load(&threads[1].touched);
	nap(100 * MS);
	CHECK(atomic_load(&threads[1].touched) > before); /* nobody is held */
	hold_leave(h, 0);
	finish(1, 2);
}

/* A turn that does not come: bounded too. */
static void *hold_long(void *self)
{
	struct thread *t = self;
	unsigned late;

	hold_join(h, t->id, kick, t);
	t->failed += hold_begin(h, t->id, SECOND, &late) < 0;
	atomic_store(&t->ran, 1);
	while (!atomic_load(&over))
		nap(MS);
	hold_end(h, t->id);
	hold_leave(h, t->id);
	return NULL;
}

static void test_turn_does_not_come(void)
{
	unsigned late = 77;

	begin();
	hold_join(h, 0, kick, &threads[0]);
	hold_pause(h, 0);
	CHECK_EQ(pthread_create(&threads[1].thread, NULL, hold_long, &threads[1]), 0);
	while (!atomic_load(&threads[1].ran))
		nap(MS);
	CHECK_EQ(hold_begin(h, 0, 20 * MS, &late), -ETIMEDOUT);
	CHECK_EQ(late, 0);
	atomic_store(&over, true);
	hold_resume(h, 0); /* which waits for the holder */
	late = 77;
	CHECK_EQ(hold_begin(h, 0, 5 * SECOND, &late), 0);
	hold_end(h, 0);
	hold_leave(h, 0);
	finish(1, 1);
}

static void test_joins_while_held(void)
{
	unsigned late;

	begin();
	hold_join(h, 0, kick, &threads[0]);
	CHECK_EQ(hold_begin(h, 0, SECOND, &late), 0);
	threads[1].behaviour = RUNS;
	CHECK_EQ(pthread_create(&threads[1].thread, NULL, member, &threads[1]), 0);
	nap(20 * MS);
	CHECK_EQ(atomic_load(&threads[1].touched), 0);
	hold_end(h, 0);
	while (atomic_load(&threads[1].touched) == 0)
		nap(MS);
	hold_leave(h, 0);
	finish(1, 1);
}

static void test_paused_need_not_come(void)
{
	unsigned late;

	begin();
	hold_join(h, 0, kick, &threads[0]);
	start(1, PAUSES);
	for (unsigned i = 0; i < 20; i++) {
		unsigned long before;

		CHECK_EQ(hold_begin(h, 0, 5 * SECOND, &late), 0);
		before = atomic_load(&threads[1].touched);
		nap(MS);
		CHECK_EQ(atomic_load(&threads[1].touched), before);
		hold_end(h, 0);
	}
	hold_leave(h, 0);
	finish(1, 1);
}

static void test_eight_with_three_holders(void)
{
	begin();
	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		start(i, i < 3 ? HOLDS : i == 3 ? PAUSES : RUNS);
	nap(300 * MS);
	finish(0, HOLD_MEMBERS_MAX);
	for (unsigned i = 0; i < 3; i++)
		CHECK_AT(threads[i].held > 5, "member %u held %lu times", i, threads[i].held);
	for (unsigned i = 4; i < HOLD_MEMBERS_MAX; i++)
		CHECK_AT(atomic_load(&threads[i].ran) > 0, "member %u was never stopped", i);
}

static unsigned amid(unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++)
		count += atomic_load(&threads[i].amid);
	return count;
}

#define NOBODYS (HOLD_MEMBERS_MAX - 1)

/* Who is in the middle of an access finishes it first: objects are all free then. */
static void test_quiet(void)
{
	unsigned late = 77, failed = 0;

	begin();
	for (unsigned i = 0; i < 5; i++)
		start(i, i < 3 ? STEPS : i == 3 ? HOLDS : PAUSES);
	for (unsigned i = 0; i < 100; i++) {
		unsigned long before;

		CHECK_EQ(hold_begin_quiet(h, NOBODYS, 5 * SECOND, &late), 0);
		CHECK_EQ(hold_begin_quiet(h, NOBODYS, 5 * SECOND, &late), 0);
		hold_end(h, NOBODYS);
		failed += amid(5);
		before = sum_of_others(NOBODYS);
		nap(MS);
		failed += sum_of_others(NOBODYS) != before;
		hold_end(h, NOBODYS);
		nap(i % 3 * 500000);
	}
	CHECK_EQ(failed, 0);
	CHECK_EQ(late, 77);
	finish(0, 5);
	CHECK(threads[0].held > 5);
}

/* It lasts longer than anybody would wait for a turn to hold, and nobody does: none has begun to. */
static void test_quiet_lasts(void)
{
	unsigned late;

	begin();
	start(0, HOLDS);
	start(1, STEPS);
	CHECK_EQ(hold_begin_quiet(h, NOBODYS, 5 * SECOND, &late), 0);
	nap(900 * MS);
	for (unsigned i = 0; i < 5; i++)
		nap(900 * MS); /* 5 s is what a member waits at most */
	hold_end(h, NOBODYS);
	nap(20 * MS);
	finish(0, 2); /* none has failed to hold */
}

static void test_quiet_in_vain(void)
{
	unsigned long before;
	unsigned late = 77;

	begin();
	start(0, RUNS);
	start(1, DEAF);
	CHECK_EQ(hold_begin_quiet(h, NOBODYS, 50 * MS, &late), -ETIMEDOUT);
	CHECK_EQ(late, 1);
	before = atomic_load(&threads[0].touched);
	nap(100 * MS);
	CHECK(atomic_load(&threads[0].touched) > before); /* nobody is held */
	finish(0, 2);
}

int main(void)
{
	const struct check_test tests[] = {
		{"alone", test_alone},
		{"nests", test_nests},
		{"who does not stop is named, and nobody is held", test_who_does_not_stop},
		{"behind another holder", test_turn_does_not_come},
		{"who joins while held waits", test_joins_while_held},
		{"who is paused need not come", test_paused_need_not_come},
		{"a quiet hold finds nobody in the middle of anything", test_quiet},
		{"a quiet hold lasts", test_quiet_lasts},
		{"a quiet hold in vain holds nobody", test_quiet_in_vain},
		{"eight members, three of which hold", test_eight_with_three_holders},
	};

	return check_run(tests, sizeof(tests) / sizeof(tests[0]));
}
