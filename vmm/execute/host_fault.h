/*
 * host_fault.h: exceptions that the host CPU raises inside a stub.
 *
 * They come as signals. The handlers are the process's, so they are installed
 * once for all executors and put back with the last; a signal that is not a
 * stub's is passed on to the handler that was there before. RSP is the host's
 * at every moment, so no signal stack of our own is needed; one that the
 * thread has is used. SIGFPE, SIGSEGV, SIGBUS and SIGILL must not be blocked on
 * a thread that executes, or the kernel ends the process at such an exception.
 */
#ifndef VMM_EXECUTE_HOST_FAULT_H
#define VMM_EXECUTE_HOST_FAULT_H

#include "vmm/execute/stub_enter.h"

/* 0, or -errno; each success needs one host_fault_remove(). */
int host_fault_install(void);
void host_fault_remove(void);

/* Run frame->code on this thread; frame->fault and ->trap say what came of it. */
void host_fault_run(struct stub_frame *frame);

#endif
