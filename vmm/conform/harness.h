/*
 * harness.h: the two ways of running a scene, side by side.
 *
 * One side is the CPU on ordinary memory, the other lodestore on virtual pages.
 * Each has the bytes of its own arena. There are two harnesses: one within this
 * process (the keeper path without a VM), one in a VM of KVM's.
 */
#ifndef VMM_CONFORM_HARNESS_H
#define VMM_CONFORM_HARNESS_H

#include "vmm/conform/scene.h"

enum result_kind {
	RESULT_DONE, /* the instruction has happened */
	RESULT_FAULT, /* it raised vector */
	RESULT_REFUSED, /* it is not carried out: why */
	RESULT_HUNG, /* it does not come to an end */
	RESULT_LOST, /* the harness itself lost the guest: why */
};

struct result {
	enum result_kind kind;
	uint8_t vector; /* RESULT_FAULT */
	uint32_t error;
	uint64_t cr2; /* vector 14 only */
	uint64_t gpr[GPR_COUNT], rip, rflags; /* RESULT_DONE and RESULT_FAULT */
	struct vector_state vector_state; /* if the scene uses it */
	char why[160];
};

struct harness {
	const char *name;
	struct scene_host host;
	uint8_t *cpu_bytes, *kept_bytes; /* ARENA_SIZE each, writable whatever the guest may do */
	uint64_t flags; /* of RFLAGS: what both sides can be asked for */
	unsigned judge; /* who carries out the CPU's side: known.h */
	bool runs_untouching; /* what touches no memory is compared, too: that it runs by itself */
	bool runs_undecoded; /* what decode() refuses may be run by the CPU, too */
	/* Run the scene. out is complete for its kind. */
	void (*cpu)(void *self, const struct scene *scene, struct result *out);
	void (*kept)(void *self, const struct scene *scene, struct result *out);
	/* NULL, or why the CPU's side cannot run this instruction here. */
	const char *(*unfit)(void *self, const struct insn *insn);
	void *self;
};

/*
 * A branch into the arena happens, and then its target cannot be fetched. What is
 * compared is the branch: make *out that, if the exception in it is the target's.
 */
void harness_settle_branch(struct result *out);

/* The keeper path without a VM. 0, or -1 with *e filled. One at a time in a process. */
int inside_open(struct harness *h, struct error *e);
void inside_close(struct harness *h);

/* A bare guest on this host's KVM, at CPL 0 or 3. 0, or -1 with *e filled. */
int vm_open(struct harness *h, unsigned cpl, struct error *e);
void vm_close(struct harness *h);

#endif
