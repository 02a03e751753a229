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
	USE_STEP, /* on the bytes of a page of the guest's */
};

struct declared_cpu {
	struct declared *of;
	bool attached;
	gpa_t area;
	uint64_t transaction; /* the plan's, to which what follows belongs */
	enum declared_use use;
	struct guest_access asked; /* what it asks; its bytes as far as they are known */
	struct record_map map;
	struct guest_access answer; /* a copy of what stands in the area */
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

#endif
