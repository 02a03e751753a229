/*
 * access.h: a load or store that a keeper answers, from the monitor's question (or the
 * kernel's own, for a string) to the last answer.
 *
 * An access is one transaction of one process. All its pages are locked before the first
 * question, in the order of their views; the locks are given back when nothing more is
 * to come. Whatever ends it otherwise goes through access_abandon().
 */
#ifndef GUEST_KERNEL_ACCESS_H
#define GUEST_KERNEL_ACCESS_H

#include "guest/abi/invoke.h"
#include "guest/abi/virtual.h"
#include "guest/kernel/capability.h"
#include "guest/kernel/link.h"
#include "guest/kernel/step.h"

#include <stdbool.h>
#include <stdint.h>

struct process;
struct message;
struct view;
struct walk;

enum access_kind {
	ACCESS_NONE,
	ACCESS_INSTRUCTION,
	ACCESS_TRANSFER, /* a piece of a string, by the kernel for the process */
	ACCESS_ORDER, /* a page order under way at the keeper */
};

struct access {
	enum access_kind kind;
	uint64_t id; /* what keepers see */
	struct link link; /* in kernel.accesses */
	struct link held; /* views locked */
	struct guest_access record; /* ANSWERED: to be given to the monitor until it has used it */
	bool pinned; /* nothing more is to be asked; its views are kept */
	bool given; /* it stands in the area of the vCPU on which the process ran last */
	struct view *asked; /* whose keeper was asked last: the part's, or what that named instead */
	struct capability forward; /* who is asked instead; null: nobody */
	unsigned forwards; /* how often, for this part */
	struct step step;
	struct keeper_access bytes; /* as sent */
};

void access_init(struct access *access);

static inline bool access_stores(const struct guest_part *of)
{
	return of->op == GUEST_OP_STORE || of->op == GUEST_OP_MODIFY;
}

/* A string's piece lies on a virtual page: `size` bytes at the address, the walk's leaf. The process waits or is ready.
 */
void access_transfer(struct process *p, const struct walk *walk, uint64_t address, uint8_t size);

/* A page order goes to its keeper. False: it waits for the lock, and the invocation comes again. */
bool access_order(struct process *p, const struct capability *virtual_page);

/* The access goes on: every view is looked up anew and locked, and the keeper of the part is asked. */
void access_continue(struct process *p);

/* The part at hand is asked of this virtual page's keeper. */
void access_ask(struct process *p, struct view *view, uint64_t order, uint8_t restrictions);

/* The answer of the keeper. */
void access_answer(struct process *p, const struct message *answer);

/* What is answered goes to the monitor, in its turn. */
void access_give(struct process *p, uint8_t verdict);

/* Whether the virtual page that a keeper named instead of its own can still be reached; null: it named none. */
bool access_leads_to(const struct capability *forward);

/* The part is answered: the process goes on, and gives its locks back if nothing more is to come. */
void access_done(struct process *p);

/* The monitor has used the answer, or it is void. */
void access_used(struct process *p);

/*
 * The window frame at the address if an access to it has been answered and only remains to be completed:
 * it is mapped then, whatever has become of the page since. 0: no.
 */
uint64_t access_completes(const struct process *p, uint64_t address);

/* The instruction, or the piece, is to be asked anew. */
void access_again(struct process *p);

/* The client gets this fault in place of the access. */
void access_fault(struct process *p, uint64_t fault, uint64_t code);

/*
 * Over, without an answer: locks are given back, a step is undone, keepers that hold or
 * step are told. The process's wait for an answer is not touched.
 */
void access_abandon(struct process *p);

/* Its page or keeper has gone: FAULT_GONE, or RESULT_NULL of an order. */
void access_gone(struct process *p);

/*
 * What spaces map has changed. Hardware mappings are forgotten, and each access that no longer leads
 * to its page ends: with FAULT_GONE, or (FAULT_NONE) by being tried again.
 */
void access_sweep(uint64_t fault);

#endif
