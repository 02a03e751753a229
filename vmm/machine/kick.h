/*
 * kick.h: make KVM_RUN come back: time limit, Ctrl-C, other threads.
 *
 * A request is a flag; the kick only makes the vCPU's thread look at it. No signal
 * is lost: the flag is set first, then kvm_run's immediate_exit, then the signal.
 */
#ifndef VMM_MACHINE_KICK_H
#define VMM_MACHINE_KICK_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdint.h>

struct kvm_run;

enum kick_cause { KICK_NONE, KICK_TIMEOUT, KICK_SIGNAL };

/*
 * The calling thread is the vCPU's. SIGALRM after timeout seconds (0: never);
 * SIGINT, SIGTERM and SIGHUP stop the guest, a second one ends the process at once
 * after calling restore (async-signal-safe). 0, or -1 with *e filled.
 */
int kick_start(struct kvm_run *run, double timeout, void (*restore)(void), struct error *e);
void kick_stop(void);

/* Between kick_start() and kick_stop(): forget what was asked for, and SIGALRM again after timeout seconds (0: never).
 */
void kick_again(double timeout);

/* From any thread: make the vCPU's thread return from KVM_RUN soon. */
void kick_vcpu(void);

/* What a signal has asked for so far; also tells which signal. */
enum kick_cause kick_cause(int *signal);

#endif
