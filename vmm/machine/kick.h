/*
 * kick.h: make KVM_RUN come back: time limit, Ctrl-C, other threads.
 *
 * A request is a flag; the kick only makes a vCPU's thread look at it. No signal
 * is lost: the flag is set first, then kvm_run's immediate_exit, then the signal. The thread
 * clears immediate_exit when KVM_RUN has come back, and then looks at the flags.
 */
#ifndef VMM_MACHINE_KICK_H
#define VMM_MACHINE_KICK_H

#include "vmm/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define KICK_VCPUS_MAX 64

struct kvm_run;

enum kick_cause { KICK_NONE, KICK_TIMEOUT, KICK_SIGNAL };

/*
 * The calling thread is the one that takes signals; it outlives all that are kicked. SIGALRM after
 * timeout seconds (0: never); SIGINT, SIGTERM and SIGHUP stop the guest, a second one ends the
 * process at once after calling restore (async-signal-safe). 0, or -1 with *e filled.
 */
int kick_start(double timeout, void (*restore)(void), struct error *e);
void kick_stop(void);

/* Between kick_start() and kick_stop(): forget what was asked for, and SIGALRM again after timeout seconds (0: never).
 */
void kick_again(double timeout);

/* The calling thread runs this vCPU (its number is below KICK_VCPUS_MAX) from now on: then it looks at the flags. */
void kick_join(unsigned vcpu, struct kvm_run *run);
void kick_leave(unsigned vcpu);

/* A thread for a vCPU: signals are not its, but the kick and what a stub of it raises. 0 or an errno. */
int kick_thread(pthread_t *thread, void *(*run)(void *self), void *self);

/* From any thread: make the vCPU's thread return from KVM_RUN soon. Nothing if there is none. */
void kick_vcpu(unsigned vcpu);
void kick_all(void);

/* Who else is to be told of such a signal, in its handler: async-signal-safe. NULL: nobody. */
void kick_tell(void (*tell)(void *self), void *self);

/* What a signal has asked for so far; also tells which signal. */
enum kick_cause kick_cause(int *signal);

#endif
