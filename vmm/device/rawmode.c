#include "vmm/device/rawmode.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <termios.h>

/* Signals that end a process by default and can be caught. */
static const int fatal_signals[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,
				    SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ, SIGALRM, SIGUSR1, SIGUSR2};

#define NSIGNALS (sizeof(fatal_signals) / sizeof(fatal_signals[0]))

/*
 * The one state of the process: a signal handler and atexit() get no argument, and
 * a process has one controlling terminal.
 */
static struct {
	volatile sig_atomic_t raw;
	int fd;
	struct termios before;
	bool at_exit;
	bool caught[NSIGNALS];
} state;

static void restore(void)
{
	if (!state.raw)
		return;
	state.raw = 0;
	tcsetattr(state.fd, TCSANOW, &state.before);
}

/* The default action follows when the handler returns and the signal is no longer blocked. */
static void restore_and_die(int signal_number)
{
	int err = errno;

	restore();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
	errno = err;
}

static void catch_signals(void)
{
	struct sigaction ours = {.sa_handler = restore_and_die};
	struct sigaction before;

	sigfillset(&ours.sa_mask);
	for (size_t i = 0; i < NSIGNALS; i++) {
		state.caught[i] = sigaction(fatal_signals[i], NULL, &before) == 0 && !(before.sa_flags & SA_SIGINFO) &&
				  before.sa_handler == SIG_DFL;
		if (state.caught[i])
			sigaction(fatal_signals[i], &ours, NULL);
	}
}

/* Only those that are still ours: somebody may have taken one over meanwhile. */
static void release_signals(void)
{
	struct sigaction now;

	for (size_t i = 0; i < NSIGNALS; i++) {
		if (state.caught[i] && sigaction(fatal_signals[i], NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
		    now.sa_handler == restore_and_die)
			signal(fatal_signals[i], SIG_DFL);
		state.caught[i] = false;
	}
}

int rawmode_enter(int fd)
{
	struct termios raw;

	if (state.raw)
		return -EBUSY;
	if (tcgetattr(fd, &state.before) < 0)
		return -errno;
	if (!state.at_exit && atexit(restore) != 0)
		return -ENOMEM;
	state.at_exit = true;
	state.fd = fd;
	raw = state.before;
	cfmakeraw(&raw);
	raw.c_oflag = state.before.c_oflag;
	catch_signals();
	state.raw = 1;
	if (tcsetattr(fd, TCSANOW, &raw) < 0) {
		int err = errno;

		state.raw = 0;
		release_signals();
		return -err;
	}
	return 0;
}

void rawmode_leave(void)
{
	restore();
	release_signals();
}
