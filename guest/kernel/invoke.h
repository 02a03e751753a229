/* invoke.h: the way of one system call. */
#ifndef GUEST_KERNEL_INVOKE_H
#define GUEST_KERNEL_INVOKE_H

struct process;

/* The string is in the kernel: the capability is looked at, and the message goes where it leads. Also to try again. */
void invoke_dispatch(struct process *p);

/* The message is out and no answer is waited for: SEND goes on, RETURN waits for the next. */
void invoke_sent(struct process *p);

#endif
