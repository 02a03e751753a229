#include "vmm/execute/host_fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

static const int fault_signals[] = {SIGFPE, SIGSEGV, SIGBUS, SIGILL};
#define FAULT_SIGNALS (sizeof(fault_signals) / sizeof(fault_signals[0]))

/*
 * Signal handlers belong to the process and find their thread by nothing but
 * its own storage: these are the file's, and the only ones of their kind.
 */
static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;
static struct sigaction before[FAULT_SIGNALS];
static _Thread_local struct stub_frame *volatile running;

/* What would have happened without us. */
static void pass_on(const struct sigaction *old, int number, siginfo_t *info, void *context)
{
	if (old->sa_flags & SA_SIGINFO) {
		old->sa_sigaction(number, info, context);
	} else if (old->sa_handler == SIG_DFL || (old->sa_handler == SIG_IGN && info->si_code > 0)) {
		/* the instruction faults again on return, or the signal comes again, and takes the process down */
		signal(number, SIG_DFL);
		if (info->si_code <= 0)
			raise(number);
	} else if (old->sa_handler != SIG_IGN) {
		old->sa_handler(number);
	}
}

/* A stub has one instruction, so its faults have exactly one address. */
static bool is_of_stub(const struct stub_frame *frame, const siginfo_t *info, const ucontext_t *uc)
{
	return frame && info->si_code > 0 && (uintptr_t)uc->uc_mcontext.gregs[REG_RIP] == (uintptr_t)frame->code;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	struct stub_frame *frame = running;
	ucontext_t *uc = context;

	if (is_of_stub(frame, info, uc)) {
		frame->fault = number == SIGFPE ? STUB_ARITHMETIC : number == SIGILL ? STUB_UNDEFINED : STUB_PROTECTION;
		frame->trap = (int)uc->uc_mcontext.gregs[REG_TRAPNO];
		uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)stub_enter_faulted;
		uc->uc_mcontext.gregs[REG_RSP] += 8; /* the stub's return address */
		return;
	}
	for (unsigned i = 0; i < FAULT_SIGNALS; i++) {
		if (fault_signals[i] == number)
			pass_on(&before[i], number, info, context);
	}
}

static void put_back(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct sigaction now;

		if (!sigaction(fault_signals[i], NULL, &now) && now.sa_sigaction == on_fault)
			sigaction(fault_signals[i], &before[i], NULL);
	}
}

static int install_all(void)
{
	struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigemptyset(&ours.sa_mask);
	for (unsigned i = 0; i < FAULT_SIGNALS; i++) {
		if (sigaction(fault_signals[i], &ours, &before[i]) < 0) {
			int error = errno;

			put_back(i);
			return -error;
		}
	}
	return 0;
}

int host_fault_install(void)
{
	int error = 0;

	pthread_mutex_lock(&users_lock);
	if (users == 0)
		error = install_all();
	if (!error)
		users++;
	pthread_mutex_unlock(&users_lock);
	return error;
}

void host_fault_remove(void)
{
	pthread_mutex_lock(&users_lock);
	if (--users == 0)
		put_back(FAULT_SIGNALS);
	pthread_mutex_unlock(&users_lock);
}

void host_fault_run(struct stub_frame *frame)
{
	frame->fault = STUB_RAN;
	frame->trap = 0;
	running = frame;
	atomic_signal_fence(memory_order_seq_cst);
	stub_enter(frame);
	atomic_signal_fence(memory_order_seq_cst);
	running = NULL;
}
