/*
 * declared.h: pages that the guest's kernel declared virtual and answers for itself:
 * the monitor's side of guest/abi/virtual.h.
 *
 * struct declared is one machine's: the keeper that stands in the space for all such
 * pages (an access's badge is its object), and the ids given out. struct declared_cpu
 * is one vCPU's: its area. Nothing is kept here from one exit to the next but where the
 * areas are and what is declared: an access that waits is a record of the guest's.
 *
 * The files: call.c what the guest asks by the ports; needed.c what it may not declare;
 * consult.c the stage between admit and load, which asks or takes the answer; record.c
 * and order.c what is asked. KVM is known to none of them.
 */
#ifndef VMM_DECLARED_DECLARED_H
#define VMM_DECLARED_DECLARED_H

#include "vmm/access/access.h"

struct declared;
struct declared_cpu;

struct declared_host {
	struct space *space; /* shared: space_share() */
	const struct ram *ram;
	struct trap *trap;
	gpa_t window; /* a region of kind RAM_KEPT that is trapped, or size 0 */
	uint64_t window_size;
	/* can the vCPU carry out one instruction at CPL 3 by itself? (access/step.h) */
	bool (*steps)(void *self);
	/*
	 * Memory that is about to be declared: whoever only looks at what happens there steps aside (false: cannot).
	 * Then, and once it is withdrawn, resume: who can comes back. NULL: there is nobody.
	 */
	bool (*yield)(void *self, gpa_t start, uint64_t size);
	void (*resume)(void *self, gpa_t start, uint64_t size);
	void *self;
};

/* NULL when out of memory. *host is copied. */
struct declared *declared_new(const struct declared_host *host);
void declared_free(struct declared *d);

/* The next vCPU's, owned by d; in its transactions struct transaction.vcpu is its number, from 0 on. NULL when out of
 * memory, or when there are too many. */
struct declared_cpu *declared_cpu_new(struct declared *d);

struct declared_stats {
	uint64_t delivered; /* questions */
	uint64_t answered; /* answers that were used */
	uint64_t restarted; /* questions in place of an answer that did not fit */
	uint64_t refused; /* instructions that cannot be carried out on such a page */
	uint64_t stepped; /* instructions carried out on a page that the answer named */
	char why[256]; /* the last refusal; "" if there was none */
};

const struct declared_stats *declared_stats_of(const struct declared_cpu *c);

/* --- calls ---------------------------------------------------------------------- */

/* What a vCPU runs by, at the call. */
struct declared_tables {
	struct {
		uint64_t base;
		uint32_t limit;
	} gdt, idt, tss;
};

/*
 * A 4-byte OUT of the guest's. False if the port is none of ours, or does not answer:
 * elsewhere than at CPL 0. The registers are those at the OUT.
 */
bool declared_out(struct declared_cpu *c, const struct access_env *env, const struct regs *regs,
		  const struct declared_tables *tables, uint16_t port, uint32_t value);

/*
 * A call waits until no vCPU is in an access to a declared page. Who has the vCPUs held when it calls must find it
 * idle, so that it does not wait; else it releases them, waits, and tries again.
 */
bool declared_is_idle(const struct declared_cpu *c);
void declared_wait(const struct declared_cpu *c, const struct access_env *env);

/* --- accesses -------------------------------------------------------------------- */

/*
 * The stage after admit, if the keeper of such pages has said that it answers later. OUTCOME_NEXT: everything is
 * answered, and the parts hold what was loaded. OUTCOME_SUSPEND: the kernel is to be asked. OUTCOME_FAULT: that is
 * the answer. OUTCOME_RETRY: no longer declared.
 */
enum outcome declared_consult(struct access_env *env, struct plan *plan) __attribute__((noinline));

/*
 * After OUTCOME_STEP, or where nothing of an instruction at CPL 3 explains why it stopped. OUTCOME_NEXT: it may be
 * stepped, as far as is known here; else as declared_consult(): its code, or what only a step carries out, lies on
 * such a page.
 */
enum outcome declared_step(struct access_env *env, struct plan *plan);

/* After execute: what it stores must be what the kernel has stored. OUTCOME_NEXT, or OUTCOME_SUSPEND: ask again. */
enum outcome declared_agree(struct access_env *env, struct plan *plan) __attribute__((noinline));

/*
 * At the end of the way, after commit: put into the area what belongs there now. delivers: an exception that the
 * instruction raised in a private step is on its way to the guest, and counts instead. True: the kernel is to be told
 * by GUEST_VECTOR_ACCESS, and *end is OUTCOME_SUSPEND (which an end that would stop the guest may have become) or
 * OUTCOME_NEXT (after a STEP).
 */
bool declared_end(struct access_env *env, struct plan *plan, bool delivers, enum outcome *end);

/* Was a part of it answered by the guest's kernel? Then its thread goes on by itself: it may be due elsewhere. */
bool declared_answered(const struct access_env *env, const struct plan *plan);

#endif
