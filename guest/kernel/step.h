/*
 * step.h: ANSWER_STEP: one instruction (or one piece of a string) on a page in the virtual page's place,
 * while its lock is held; then the keeper hears what changed, and accepts it or has it undone.
 *
 * An instruction may lie on several virtual pages: the others' keepers are asked on, and answer what they
 * like. Those who step are asked one after the other what they think of it: if one undoes it, it is undone.
 */
#ifndef GUEST_KERNEL_STEP_H
#define GUEST_KERNEL_STEP_H

#include "guest/abi/invoke.h"
#include "guest/kernel/capability.h"

#include <stdbool.h>
#include <stdint.h>

struct message;
struct process;

#define STEP_PAGES 2 /* for one instruction; more are not carried out */

struct view;

struct step_page {
	struct capability bytes; /* the page */
	uint64_t object; /* in whose place it is */
	struct view *keeper; /* who named it, and hears of it */
	struct capability forward; /* by which that one was named in turn; null: it is the object's own */
};

struct step {
	struct step_page on[STEP_PAGES];
	unsigned npages; /* 0: no step */
	bool done; /* the instruction, or piece, has been carried out; the keepers are asked */
	uint16_t part; /* the next of which its keeper is told */
	struct process_registers before;
};

/* The keeper's answer. False: it makes no sense. */
bool step_begin(struct process *p, const struct capability *page);

/* The monitor may carry it out from now on: what is there is what an undo gives back. */
void step_save(struct process *p);

/* It is carried out: each part's keeper is asked about it, one by one. False: all is accepted. */
bool step_tell(struct process *p);

/* Accepted: there is nothing to undo any more. */
void step_end(struct process *p);

/* The pages and the registers as they were; no step is under way then. */
void step_undo(struct process *p);

/* The instruction faulted elsewhere before it changed anything: the keepers are told so. */
void step_faulted(struct process *p);

/* Are the pages, and the keepers that named them, still there? */
bool step_leads(const struct step *step);

/* The monitor says that the instruction has been carried out, on the record in place. */
void step_done(struct process *p);

#endif
