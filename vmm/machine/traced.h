/*
 * traced.h: `lodestore trace`: the recorder on a machine.
 *
 * traced.c      what accesses come to, and what is looked at between two exits
 * traced_ranges.c  which memory is traced, and who keeps it
 * traced_arm.c  arming and disarming pages
 * traced_gate.c recording between two places of the guest's code
 * traced_end.c  limits, and what is told of all at the end
 *
 * All but traced_mark() runs on a vCPU's thread. m->traced is NULL unless something is recorded. What is told of
 * accesses takes the lock; ranges, pages, gates and traps change while all other vCPUs are held (or, where its keeper
 * maps a page, under the lock), and are looked at without it.
 */
#ifndef VMM_MACHINE_TRACED_H
#define VMM_MACHINE_TRACED_H

#include "vmm/machine/state.h"
#include "vmm/machine/ticker.h"
#include "vmm/trace/budget.h"
#include "vmm/trace/options.h"
#include "vmm/trace/recorder.h"

#include <pthread.h>
#include <stdatomic.h>

/* --start-at, --stop-at: a place in code. Its page traps while it is waited for, so that the guest comes by. */
struct gate {
	bool given, placed; /* placed: page and linear are known */
	bool waits; /* its page traps */
	bool reached; /* the guest has been there while it was waited for */
	uint64_t linear; /* of the instruction */
	uint64_t page; /* gpa */
};

struct traced {
	const struct trace_options *options;
	pthread_mutex_t lock; /* of the recorder; with one vCPU nobody takes it */
	struct recorder recorder;
	bool deferred[TRACE_RANGES_MAX]; /* nothing maps it yet */
	unsigned ndeferred;
	struct gate start, stop;
	bool on; /* between start and stop */
	bool enough; /* --for is reached, or nothing can be written: nothing is armed any more */
	struct budget budget;
	uint64_t entered, came; /* TSC when the guest was run last, and when it came back */
	bool came_for_access;
	uint64_t next_arm; /* TSC at which a page that was disarmed for the budget is due; 0: none */
	struct ticker *ticker; /* makes the guest come by while pages are due */
	uint64_t started, start_time; /* TSC; seconds since 1970 */
	uint64_t disarmings;
	atomic_bool
		calls; /* as of the last time the lock was left: something is to be looked at before the next exit */
};

/* After keep_start(): wrap and trap what is traced, open the file. 0, or -1 with *e filled. */
int traced_start(struct machine *m, struct error *e);
/* The foot, and a line of summary on standard error. 0, or -1 with *e filled. */
int traced_end(struct machine *m, struct error *e);
void traced_free(struct machine *m);

/* Of an access of c->plan, by a keeper that records. */
void traced_access(struct cpu *c, const struct access *a, const char *keeper, enum verdict verdict);
/* The way of c->plan is done, before its keepers are told. */
void traced_way_done(struct cpu *c);

/* KVM_RUN came back. */
void traced_came(struct cpu *c, enum exit_kind kind);
/* The guest came to an instruction that traps, with these registers. */
void traced_at(struct cpu *c, const struct regs *regs);
/* A device has written these bytes of the guest's memory, from a vCPU's thread. */
void traced_written(struct machine *m, const char *who, uint64_t gpa, uint64_t size);
/* A mark, from a thread that is no vCPU's, with all of them held and in the middle of nothing. */
bool traced_mark(struct machine *m, const char *text);
/* Between an exit that was dealt with and the next KVM_RUN. */
void traced_look(struct cpu *c);
/* Is something to be done soon? A run then ends. */
bool traced_calls(const struct machine *m);

/*
 * As struct declared_host: what is kept only to be traced is no longer, since the guest's kernel answers there, or is
 * again. False: no memory.
 */
bool traced_yield(void *machine, gpa_t start, uint64_t size);
void traced_resume(void *machine, gpa_t start, uint64_t size);

/* The ports of guest/abi/mark.h. False: it is none of them, or not so wide. */
bool traced_out(struct cpu *c, uint16_t port, unsigned size, uint32_t value);
bool traced_in(struct cpu *c, uint16_t port, unsigned size, uint32_t *value);

/* --- among the files of this part ------------------------------------------------------------- */

/* traced_ranges.c: keep and watch what the options name. Later: what nothing had mapped. */
int traced_ranges_start(struct machine *m, struct error *e);
int traced_ranges_deferred(struct cpu *c, const struct regs *regs, struct error *e);
/* Somebody other than the memory itself answers on the page. */
bool traced_is_fixed(struct machine *m, uint64_t page);
bool traced_is_ours(const struct traced *t, const struct kept *k);
/* A record of this kind for each run of traced bytes on the page; or of these bytes, within a page, with a text. */
void traced_mark_page(struct machine *m, const struct watched_page *page, enum trace_kind kind);
void traced_mark_bytes(struct machine *m, uint64_t gpa, uint64_t size, enum trace_kind kind, const char *text);
/* The pages of a new range: armed, as far as something is recorded at all. */
void traced_arm_new(struct machine *m, const struct watched_range *range);

/* All pages that may be are trapped and recorded from now on, or ordinary. */
void traced_arm_all(struct cpu *c, bool armed);
/* One page. */
void traced_arm(struct cpu *c, struct watched_page *page, bool armed);
/* Give a page the trap that its keepers and gates ask for. 0 or -errno. */
int traced_set_page(struct machine *m, uint64_t gpa);

/* traced_gate.c: find the places; -1 with *e filled if that cannot be. Later: those that nothing mapped. */
int traced_gates_start(struct machine *m, struct error *e);
int traced_gates_deferred(struct cpu *c, const struct regs *regs, struct error *e);
bool traced_gates_wait(const struct traced *t, uint64_t gpa);
/* Wait for the one that comes next, or for none any more. 0 or -errno. */
int traced_gates_set(struct machine *m);

/* traced_end.c: the file with its head. NULL with *e filled. */
struct trace_writer *traced_open(struct machine *m, struct error *e);

#endif
