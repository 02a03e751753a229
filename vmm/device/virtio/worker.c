#include "vmm/device/virtio/worker.h"

#include "vmm/background.h"

static void *worker_thread(void *self)
{
	struct worker *w = self;

	pthread_mutex_lock(&w->lock);
	while (!w->quit || w->busy) {
		if (!w->busy) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		w->host.work(w->host.self);
		pthread_mutex_lock(&w->lock);
		w->busy = false;
		pthread_mutex_unlock(&w->lock);
		w->host.done(w->host.self);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int worker_start(struct worker *w, const struct worker_host *host)
{
	int err;

	*w = (struct worker){.host = *host};
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	err = background_start(&w->thread, 0, worker_thread, w);
	if (err) {
		pthread_cond_destroy(&w->wake);
		pthread_mutex_destroy(&w->lock);
	}
	return err;
}

void worker_stop(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

bool worker_is_free(struct worker *w)
{
	bool free;

	pthread_mutex_lock(&w->lock);
	free = !w->busy;
	pthread_mutex_unlock(&w->lock);
	return free;
}

void worker_give(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->busy = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}
