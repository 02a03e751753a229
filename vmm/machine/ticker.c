#include "vmm/machine/ticker.h"
#include "vmm/background.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define TICK_NS 2000000

struct ticker {
	void (*kick)(void);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool on, ending;
};

static void *tick(void *self)
{
	const struct timespec pause = {.tv_nsec = TICK_NS};
	struct ticker *ticker = self;
	bool ending;

	do {
		pthread_mutex_lock(&ticker->lock);
		while (!ticker->on && !ticker->ending)
			pthread_cond_wait(&ticker->changed, &ticker->lock);
		ending = ticker->ending;
		pthread_mutex_unlock(&ticker->lock);
		if (!ending) {
			nanosleep(&pause, NULL);
			ticker->kick();
		}
	} while (!ending);
	return NULL;
}

struct ticker *ticker_new(void (*kick)(void))
{
	struct ticker *ticker = calloc(1, sizeof(*ticker));

	if (!ticker)
		return NULL;
	ticker->kick = kick;
	pthread_mutex_init(&ticker->lock, NULL);
	pthread_cond_init(&ticker->changed, NULL);
	if (background_start(&ticker->thread, 0, tick, ticker) == 0)
		return ticker;
	free(ticker);
	return NULL;
}

static void set(struct ticker *ticker, bool on, bool ending)
{
	pthread_mutex_lock(&ticker->lock);
	ticker->on = on;
	ticker->ending = ending;
	pthread_cond_signal(&ticker->changed);
	pthread_mutex_unlock(&ticker->lock);
}

void ticker_go(struct ticker *ticker, bool on)
{
	if (ticker)
		set(ticker, on, false);
}

void ticker_free(struct ticker *ticker)
{
	if (!ticker)
		return;
	set(ticker, false, true);
	pthread_join(ticker->thread, NULL);
	free(ticker);
}
