#include "vmm/machine/hold.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define NOBODY (-1)
#define NS 1000000000ull

struct member {
	bool joined;
	bool stopped; /* it touches no guest memory, and asks before it does again */
	bool amid; /* but it is in the middle of something, which a quiet hold lets it finish */
	uint64_t turn; /* its place in the line of those who want to hold; 0: it does not */
	void (*kick)(void *self);
	void *self;
};

struct hold {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_int holder; /* a member's id, or NOBODY; written with the lock held */
	atomic_int quiet; /* who waits for a quiet hold, or NOBODY; the same */
	unsigned depth;
	uint64_t turns;
	struct member members[HOLD_MEMBERS_MAX];
};

struct hold *hold_new(void)
{
	struct hold *h = calloc(1, sizeof(*h));
	pthread_condattr_t attributes;

	if (!h)
		return NULL;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&h->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&h->lock, NULL);
	atomic_init(&h->holder, NOBODY);
	atomic_init(&h->quiet, NOBODY);
	return h;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool is_another(const atomic_int *who, unsigned id)
{
	int it = atomic_load(who);

	return it != NOBODY && it != (int)id;
}

static bool is_held_by_another(const struct hold *h, unsigned id)
{
	return is_another(&h->holder, id);
}

/* --- being held; the lock is held in these ------------------------------------------------ */

static void stop(struct hold *h, unsigned id, bool amid)
{
	h->members[id].stopped = true;
	h->members[id].amid = amid;
	pthread_cond_broadcast(&h->changed);
}

/* Who waits for a quiet hold waits for those that are in the middle of something: they go on. */
static void go_on(struct hold *h, unsigned id)
{
	while (is_held_by_another(h, id) || (!h->members[id].amid && is_another(&h->quiet, id)))
		pthread_cond_wait(&h->changed, &h->lock);
	h->members[id].stopped = h->members[id].amid = false;
}

void hold_join(struct hold *h, unsigned id, void (*kick)(void *self), void *self)
{
	pthread_mutex_lock(&h->lock);
	h->members[id] = (struct member){.joined = true, .stopped = true, .kick = kick, .self = self};
	go_on(h, id);
	pthread_mutex_unlock(&h->lock);
}

void hold_leave(struct hold *h, unsigned id)
{
	pthread_mutex_lock(&h->lock);
	h->members[id].joined = false;
	stop(h, id, false);
	pthread_mutex_unlock(&h->lock);
}

static void step_aside(struct hold *h, unsigned id, bool amid)
{
	pthread_mutex_lock(&h->lock);
	stop(h, id, amid);
	pthread_mutex_unlock(&h->lock);
}

void hold_pause(struct hold *h, unsigned id)
{
	step_aside(h, id, true);
}

void hold_rest(struct hold *h, unsigned id)
{
	step_aside(h, id, false);
}

void hold_resume(struct hold *h, unsigned id)
{
	pthread_mutex_lock(&h->lock);
	go_on(h, id);
	pthread_mutex_unlock(&h->lock);
}

void hold_point(struct hold *h, unsigned id)
{
	if (!is_held_by_another(h, id) && !is_another(&h->quiet, id))
		return;
	hold_rest(h, id);
	hold_resume(h, id);
}

/* --- holding -------------------------------------------------------------------------------- */

static struct timespec deadline_after(uint64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ns += (uint64_t)t.tv_nsec;
	t.tv_sec += (time_t)(ns / NS);
	t.tv_nsec = (long)(ns % NS);
	return t;
}

/* Nobody holds, and nobody came before. */
static bool is_my_turn(struct hold *h, unsigned id)
{
	if (atomic_load(&h->holder) != NOBODY)
		return false;
	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		if (h->members[i].turn && h->members[i].turn < h->members[id].turn)
			return false;
	return true;
}

/* A member that still runs, or NOBODY. */
static int running_member(const struct hold *h, unsigned id)
{
	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		if (i != id && h->members[i].joined && !h->members[i].stopped)
			return (int)i;
	return NOBODY;
}

static void kick_running(struct hold *h, unsigned id)
{
	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		if (i != id && h->members[i].joined && !h->members[i].stopped)
			h->members[i].kick(h->members[i].self);
}

static void release(struct hold *h)
{
	atomic_store(&h->holder, NOBODY);
	pthread_cond_broadcast(&h->changed);
}

/* Waits for the caller's turn and then for the others. 0 or -ETIMEDOUT, and then nobody is held. */
static int take(struct hold *h, unsigned id, const struct timespec *deadline, unsigned *late)
{
	int err = 0, running;

	while (!is_my_turn(h, id) && err == 0)
		err = pthread_cond_timedwait(&h->changed, &h->lock, deadline);
	if (!is_my_turn(h, id)) {
		*late = id;
		return -ETIMEDOUT;
	}
	atomic_store(&h->holder, (int)id);
	h->depth = 1;
	kick_running(h, id);
	err = 0;
	while ((running = running_member(h, id)) != NOBODY && err == 0)
		err = pthread_cond_timedwait(&h->changed, &h->lock, deadline);
	if (running == NOBODY)
		return 0;
	*late = (unsigned)running;
	release(h);
	return -ETIMEDOUT;
}

/* A member that runs, holds, or is in the middle of something; or NOBODY. */
static int busy_member(const struct hold *h, unsigned id)
{
	int holder = atomic_load(&h->holder);

	if (holder != NOBODY)
		return holder;
	for (unsigned i = 0; i < HOLD_MEMBERS_MAX; i++)
		if (i != id && h->members[i].joined && (!h->members[i].stopped || h->members[i].amid))
			return (int)i;
	return NOBODY;
}

/* 0 or -ETIMEDOUT; the lock is held. */
static int take_quiet(struct hold *h, unsigned id, const struct timespec *deadline, unsigned *late)
{
	int err = 0, busy;

	atomic_store(&h->quiet, (int)id);
	kick_running(h, id);
	while ((busy = busy_member(h, id)) != NOBODY && err == 0)
		err = pthread_cond_timedwait(&h->changed, &h->lock, deadline);
	if (busy == NOBODY) {
		atomic_store(&h->holder, (int)id);
		h->depth = 1;
	}
	atomic_store(&h->quiet, NOBODY);
	pthread_cond_broadcast(&h->changed);
	if (busy == NOBODY)
		return 0;
	*late = (unsigned)busy;
	return -ETIMEDOUT;
}

int hold_begin_quiet(struct hold *h, unsigned id, uint64_t limit_ns, unsigned *late)
{
	struct timespec deadline = deadline_after(limit_ns);
	int err = 0;

	pthread_mutex_lock(&h->lock);
	if (atomic_load(&h->holder) == (int)id)
		h->depth++;
	else
		err = take_quiet(h, id, &deadline, late);
	pthread_mutex_unlock(&h->lock);
	return err;
}

int hold_begin(struct hold *h, unsigned id, uint64_t limit_ns, unsigned *late)
{
	struct timespec deadline = deadline_after(limit_ns);
	int err = 0;

	pthread_mutex_lock(&h->lock);
	if (atomic_load(&h->holder) == (int)id) {
		h->depth++;
	} else {
		h->members[id].turn = ++h->turns;
		stop(h, id, true);
		err = take(h, id, &deadline, late);
		h->members[id].turn = 0;
		pthread_cond_broadcast(&h->changed); /* if it has given up: the next one's turn */
		if (err == 0 || *late != id)
			go_on(h, id);
	}
	pthread_mutex_unlock(&h->lock);
	return err;
}

void hold_end(struct hold *h, unsigned id)
{
	pthread_mutex_lock(&h->lock);
	if (atomic_load(&h->holder) == (int)id && --h->depth == 0)
		release(h);
	pthread_mutex_unlock(&h->lock);
}

bool hold_is_mine(struct hold *h, unsigned id)
{
	return atomic_load(&h->holder) == (int)id;
}
