#include "vmm/machine/kick.h"
#include "vmm/background.h"

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define SIGNAL_KICK SIGUSR1

static const int handled[] = {SIGNAL_KICK, SIGALRM, SIGINT, SIGTERM, SIGHUP};
#define HANDLED (sizeof(handled) / sizeof(handled[0]))

struct kicked {
	struct kvm_run *_Atomic run; /* NULL: no thread runs it */
	pthread_t thread;
};

/* Signal handlers have no argument of ours, so this one record is global. */
static struct {
	pthread_mutex_t lock; /* held while a thread is signalled, and by one that leaves: it is there then */
	struct kicked vcpus[KICK_VCPUS_MAX];
	bool started;
	void (*restore)(void);
	void (*volatile tell)(void *self);
	void *volatile tell_self;
	volatile sig_atomic_t cause, signal;
	struct sigaction before[HANDLED];
} kick = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void kick_one(struct kicked *k)
{
	struct kvm_run *run = atomic_load(&k->run);

	if (!run)
		return;
	__atomic_store_n(&run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	if (!pthread_equal(pthread_self(), k->thread))
		pthread_kill(k->thread, SIGNAL_KICK);
}

void kick_vcpu(unsigned vcpu)
{
	pthread_mutex_lock(&kick.lock);
	kick_one(&kick.vcpus[vcpu]);
	pthread_mutex_unlock(&kick.lock);
}

void kick_all(void)
{
	pthread_mutex_lock(&kick.lock);
	for (unsigned i = 0; i < KICK_VCPUS_MAX; i++)
		kick_one(&kick.vcpus[i]);
	pthread_mutex_unlock(&kick.lock);
}

void kick_join(unsigned vcpu, struct kvm_run *run)
{
	pthread_mutex_lock(&kick.lock);
	kick.vcpus[vcpu].thread = pthread_self();
	atomic_store(&kick.vcpus[vcpu].run, run);
	pthread_mutex_unlock(&kick.lock);
}

void kick_leave(unsigned vcpu)
{
	pthread_mutex_lock(&kick.lock);
	atomic_store(&kick.vcpus[vcpu].run, NULL);
	pthread_mutex_unlock(&kick.lock);
}

int kick_thread(pthread_t *thread, void *(*run)(void *self), void *self)
{
	return background_start(thread, SIGNAL_KICK, run, self);
}

/*
 * On the thread of kick_start(), which may hold the lock: so without it. The others are there, since none of them is
 * joined by anybody but this one.
 */
static void on_signal(int signal)
{
	if (signal == SIGNAL_KICK)
		return; /* its arrival is its purpose */
	if (signal != SIGALRM && kick.cause == KICK_SIGNAL) {
		if (kick.restore)
			kick.restore();
		_exit(128 + signal);
	}
	kick.signal = signal;
	kick.cause = signal == SIGALRM ? KICK_TIMEOUT : KICK_SIGNAL;
	for (unsigned i = 0; i < KICK_VCPUS_MAX; i++)
		kick_one(&kick.vcpus[i]);
	if (kick.tell)
		kick.tell(kick.tell_self);
}

static int set_timer(double seconds)
{
	struct itimerval timer = {{0, 0}, {0, 0}};

	timer.it_value.tv_sec = (time_t)seconds;
	timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
	if (seconds > 0 && timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0)
		timer.it_value.tv_usec = 1;
	return setitimer(ITIMER_REAL, &timer, NULL);
}

int kick_start(double timeout, void (*restore)(void), struct error *e)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

	kick.restore = restore;
	kick.cause = KICK_NONE;
	kick.started = true;
	sigemptyset(&action.sa_mask);
	for (unsigned i = 0; i < HANDLED; i++)
		if (sigaction(handled[i], &action, &kick.before[i]) < 0)
			return error_set(e, STATUS_HOST, "sigaction: %s", strerror(errno));
	if (timeout > 0 && set_timer(timeout) < 0)
		return error_set(e, STATUS_HOST, "setitimer: %s", strerror(errno));
	return 0;
}

void kick_stop(void)
{
	if (!kick.started)
		return;
	(void)set_timer(0);
	for (unsigned i = 0; i < HANDLED; i++)
		(void)sigaction(handled[i], &kick.before[i], NULL);
	kick.started = false;
}

void kick_again(double timeout)
{
	kick.cause = KICK_NONE;
	(void)set_timer(timeout);
}

void kick_tell(void (*tell)(void *self), void *self)
{
	kick.tell = NULL;
	kick.tell_self = self;
	kick.tell = tell;
}

enum kick_cause kick_cause(int *signal)
{
	*signal = kick.signal;
	return (enum kick_cause)kick.cause;
}
