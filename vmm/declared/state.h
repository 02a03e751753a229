/* state.h: what the files of this folder share. */
#ifndef VMM_DECLARED_STATE_H
#define VMM_DECLARED_STATE_H

#include "vmm/declared/declared.h"
#include "vmm/declared/order.h"
#include "vmm/declared/record.h"

#include <stdatomic.h>

#define DECLARED_RANGES_MAX 4096
#define DECLARED_CPUS_MAX 64

struct declared {
	struct keeper keeper; /* first: capabilities name it */
	struct declared_host host;
	atomic_uint_fast64_t issued; /* ids given out */
	unsigned ncpus;
	struct declared_cpu *cpus[DECLARED_CPUS_MAX];
};

/* How the answer of a transaction is used. */
enum declared_use {
	USE_NONE,
	USE_VALUES, /* what was loaded; what is stored is stored */
	USE_FAULT,
	USE_STEP, /* on the bytes of the pages that the parts' frames name */
};

/* What a fetch was answered with, while one instruction is carried out. */
struct declared_code {
	uint64_t transaction; /* the plan's */
	uint64_t object, offset; /* of its first byte */
	unsigned size;
	uint8_t bytes[GUEST_SIZE_MAX];
};

struct declared_cpu {
	struct declared *of;
	bool attached;
	gpa_t area;
	uint64_t transaction; /* the plan's, to which what follows belongs */
	enum declared_use use;
	struct guest_access asked; /* what it asks; its bytes and frames as far as they are known */
	struct record_map map;
	struct guest_access answer; /* a copy of what stands in the area */
	struct declared_code code;
	struct vector_state vector; /* kept over a rehearsal */
	struct declared_stats stats;
};

/* The area's bytes; NULL without one. */
struct guest_area *area_of(const struct declared_cpu *c);

/* Does [start, start+size) touch any vCPU's area? */
bool areas_touch(const struct declared *d, gpa_t start, uint64_t size);

/* Whole pages of ordinary memory, each with a page capability, none of them trapped. */
bool declared_is_memory(const struct declared *d, gpa_t start, uint64_t size);

/* needed.c: does the guest need any of [start, start+size) to take an exception as it runs now? */
bool declared_is_needed(const struct access_env *env, const struct regs *regs, const struct declared_tables *tables,
			gpa_t start, uint64_t size);

/* --- ask.c -------------------------------------------------------------------- */

struct order declared_order(const struct declared_cpu *c, const struct plan *plan);

/* The part of the plan that is the i-th of the question. */
struct part *declared_part(const struct declared_cpu *c, struct plan *plan, unsigned i);

/* OUTCOME_SUSPEND: c->asked is what the kernel is asked. flags: but HOLD. */
enum outcome declared_ask(struct declared_cpu *c, struct plan *plan, struct turn turn, uint64_t id, uint8_t flags);
enum outcome declared_ask_first(struct declared_cpu *c, struct access_env *env, struct plan *plan, uint8_t flags);
/* The answer that stands there is not to this question. */
enum outcome declared_restart(struct declared_cpu *c, struct access_env *env, struct plan *plan);
/* OUTCOME_SUSPEND: the kernel is told that the instruction cannot be carried out. */
enum outcome declared_refuse(struct declared_cpu *c, struct plan *plan, const char *why);

/* The answer is used so for this transaction. OUTCOME_NEXT. */
enum outcome declared_use_as(struct declared_cpu *c, struct plan *plan, enum declared_use how);

/* --- consult.c ------------------------------------------------------------------- */

void declared_take_loads(struct declared_cpu *c, struct plan *plan, struct turn at);

/* Is there an answer in the area? Then it is copied to c->answer. */
bool declared_look(struct declared_cpu *c);

/* c->answer, compared with c->asked. */
enum outcome declared_take_answer(struct declared_cpu *c, struct access_env *env, struct plan *plan);

/* --- rehearse.c -------------------------------------------------------------------- */

/* Find what the instruction stores, into c->asked. OUTCOME_NEXT; else what the stage ends with. */
enum outcome declared_find_stores(struct declared_cpu *c, struct access_env *env, struct plan *plan);
bool declared_stores_agree(const struct declared_cpu *c, struct turn at);
const uint8_t *declared_stored(const struct declared_cpu *c, struct plan *plan, unsigned i);

/* --- open.c -------------------------------------------------------------------------- */

/* No handler carries it out. */
bool declared_only_a_step(const struct plan *plan);

/*
 * The frames that the answers so far have named, into c->asked; none for the page of the part with this index, whose
 * turn it was. False: one can be none.
 */
bool declared_take_frames(struct declared_cpu *c, unsigned part);
/* The verdict STEP for that part: so does its page's. */
bool declared_take_frame(struct declared_cpu *c, unsigned part);

/* The memory behind the part's frame; NULL if it has none. */
uint8_t *declared_frame(const struct declared_cpu *c, const struct guest_part *part);
/* The memory that stands for these bytes of an object's; NULL if no part of c->asked has a frame there. */
uint8_t *declared_stepped_bytes(const struct declared_cpu *c, uint64_t object, uint64_t offset, unsigned size);

/* Has any part a frame? */
bool declared_steps(const struct declared_cpu *c);

/* All is answered: the values are used, or the frames. OUTCOME_NEXT. */
enum outcome declared_use(struct declared_cpu *c, struct plan *plan);
/* A fetch that is answered with bytes. As declared_consult(). */
enum outcome declared_fetched(struct declared_cpu *c, struct plan *plan);

#endif
