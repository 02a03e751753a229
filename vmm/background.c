#include "vmm/background.h"

#include <signal.h>
#include <stddef.h>

int background_start(pthread_t *thread, int signal, void *(*run)(void *self), void *self)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t held_back, before;
	int err;

	sigfillset(&held_back);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&held_back, faults[i]);
	if (signal)
		sigdelset(&held_back, signal);
	pthread_sigmask(SIG_SETMASK, &held_back, &before);
	err = pthread_create(thread, NULL, run, self);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}
