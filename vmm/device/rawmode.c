#include "vmm/device/rawmode.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <termios.h>

/* Signals that end a process by default and can be caught; those that an instruction raises come first. */
static const int fatal_signals[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,  SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
				    SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ, SIGALRM, SIGUSR1, SIGUSR2};

#define NSIGNALS (sizeof(fatal_signals) / sizeof(fatal_signals[0]))
#define NFAULTS 4

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
	struct sigaction actions[NSIGNALS]; /* before ours */
} state;

static void restore(void)
{
	if (!state.raw)
		return;
	state.raw = 0;
	tcsetattr(state.fd, TCSANOW, &state.before);
}

static bool is_default(const struct sigaction *action)
{
	return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

static bool is_ignored(const struct sigaction *action)
{
	return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

/* A fault that had an owner before us stays its: if it gives up, by the default action, the terminal is restored. */
static void ask_owner(const struct sigaction *owner, int number, siginfo_t *info, void *context)
{
	struct sigaction now;

	if (owner->sa_flags & SA_SIGINFO)
		owner->sa_sigaction(number, info, context);
	else
		owner->sa_handler(number);
	if (sigaction(number, NULL, &now) == 0 && is_default(&now))
		restore();
}

/* Without an owner the default action follows, when the handler returns and the signal is no longer blocked. */
static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
	int err = errno;

	for (size_t i = 0; i < NFAULTS; i++) {
		if (fatal_signals[i] == number && !is_default(&state.actions[i])) {
			ask_owner(&state.actions[i], number, info, context);
			errno = err;
			return;
		}
	}
	restore();
	signal(number, SIG_DFL);
	raise(number);
	errno = err;
}

/* Signals that have an owner are left to it, but for faults, which are passed on. */
static void catch_signals(void)
{
	struct sigaction ours = {.sa_sigaction = on_fatal_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < NSIGNALS; i++) {
		struct sigaction *before = &state.actions[i];

		state.caught[i] = sigaction(fatal_signals[i], NULL, before) == 0 &&
				  (is_default(before) || (i < NFAULTS && !is_ignored(before)));
		if (state.caught[i])
			sigaction(fatal_signals[i], &ours, NULL);
	}
}

/* Only those that are still ours: somebody may have taken one over meanwhile. */
static void release_signals(void)
{
	struct sigaction now;

	for (size_t i = 0; i < NSIGNALS; i++) {
		if (state.caught[i] && sigaction(fatal_signals[i], NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
		    now.sa_sigaction == on_fatal_signal)
			sigaction(fatal_signals[i], &state.actions[i], NULL);
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
