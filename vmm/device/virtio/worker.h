/*
 * worker.h: a thread that does one job at a time, for a device that must not wait.
 */
#ifndef VMM_DEVICE_VIRTIO_WORKER_H
#define VMM_DEVICE_VIRTIO_WORKER_H

#include <pthread.h>
#include <stdbool.h>

struct worker_host {
	void *self;
	void (*work)(void *self); /* the job, in the worker's thread */
	void (*done)(void *self); /* after it, in the same: worker_is_free() holds again */
};

struct worker {
	struct worker_host host;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;
	bool busy, quit;
};

/* 0, or an errno and nothing is to be stopped. */
int worker_start(struct worker *w, const struct worker_host *host);

/* Waits for the end of the job. */
void worker_stop(struct worker *w);

/* What the job wrote can be seen once this is true. */
bool worker_is_free(struct worker *w);

/* Begin a job; it is free. What was written before can be seen by the job. */
void worker_give(struct worker *w);

#endif
