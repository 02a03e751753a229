/*
 * step.h: ANSWER_STEP: one instruction (or one piece of a string) on a page in the virtual page's place,
 * while its lock is held; then the keeper hears what changed, and accepts it or has it undone.
 */
#ifndef GUEST_KERNEL_STEP_H
#define GUEST_KERNEL_STEP_H

#include "guest/abi/invoke.h"
#include "guest/kernel/capability.h"

#include <stdbool.h>
#include <stdint.h>

struct message;
struct process;

struct step {
	struct capability page; /* the bytes; null: no step */
	uint64_t object; /* in whose place they are */
	bool done; /* the instruction, or piece, has been carried out; the keeper is asked */
	uint16_t part; /* the next of which the keeper is told */
	struct process_registers before;
};

/* The keeper's answer. False: it makes no sense. */
bool step_begin(struct process *p, const struct capability *page);

/* It is carried out: the keeper is asked about each part on the page, one by one. False: it has accepted all. */
bool step_tell(struct process *p);

/* Accepted: there is nothing to undo any more. */
void step_end(struct process *p);

/* The page and the registers as they were; no step is under way then. */
void step_undo(struct process *p);

/* The instruction faulted elsewhere before it changed anything: the keeper is told so. */
void step_faulted(struct process *p);

/* The monitor says that the instruction has been carried out, on the record in place. */
void step_done(struct process *p);

#endif
