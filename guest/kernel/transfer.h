/*
 * transfer.h: a string between a process's memory and its record in the kernel, as the
 * process itself would load and store it: page by page, and where a virtual page lies in
 * the way, piece by piece through its keeper. It can wait at any piece and goes on there.
 */
#ifndef GUEST_KERNEL_TRANSFER_H
#define GUEST_KERNEL_TRANSFER_H

#include <stdint.h>

struct process;

enum way {
	TRANSFER_NONE,
	TRANSFER_IN, /* from memory, to be sent: then the message is */
	TRANSFER_OUT, /* to memory, received: then the process runs */
};

struct transfer {
	enum way way;
	uint32_t length, done; /* bytes */
	uint64_t address;
};

/* The process is ready with this as its `then`, or waiting, or through when it returns. */
void transfer_run(struct process *p);

/* transfer_run() if the process is in the middle of a string, which it then goes on with when it may; else NULL. */
void (*transfer_rest(const struct process *p))(struct process *);

/* A keeper has answered for the piece at hand: so many bytes are done. */
void transfer_advance(struct process *p, uint32_t size);

/* The memory is not there: INVOKE_ESTRING. */
void transfer_fail(struct process *p);

#endif
