#include "vmm/machine/kick.h"

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define SIGNAL_KICK SIGUSR1

static const int handled[] = {SIGNAL_KICK, SIGALRM, SIGINT, SIGTERM, SIGHUP};
#define HANDLED (sizeof(handled) / sizeof(handled[0]))

/* Signal handlers have no argument of ours, so this one record is global. */
static struct {
	struct kvm_run *volatile run;
	pthread_t thread;
	void (*restore)(void);
	volatile sig_atomic_t cause, signal;
	struct sigaction before[HANDLED];
} kick;

void kick_vcpu(void)
{
	struct kvm_run *run = kick.run;

	if (!run)
		return;
	run->immediate_exit = 1;
	if (!pthread_equal(pthread_self(), kick.thread))
		pthread_kill(kick.thread, SIGNAL_KICK);
}

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
	kick_vcpu();
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

int kick_start(struct kvm_run *run, double timeout, void (*restore)(void), struct error *e)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

	kick.thread = pthread_self();
	kick.restore = restore;
	kick.cause = KICK_NONE;
	kick.run = run;
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
	if (!kick.run)
		return;
	(void)set_timer(0);
	for (unsigned i = 0; i < HANDLED; i++)
		(void)sigaction(handled[i], &kick.before[i], NULL);
	kick.run = NULL;
}

void kick_again(double timeout)
{
	kick.cause = KICK_NONE;
	(void)set_timer(timeout);
}

enum kick_cause kick_cause(int *signal)
{
	*signal = kick.signal;
	return (enum kick_cause)kick.cause;
}
