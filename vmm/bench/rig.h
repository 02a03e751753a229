/*
 * rig.h: the monitor without a guest: the way of one access over a small memory.
 *
 * What runs between two exits (the look-up of the decoded instruction, resolve,
 * keepers, execute, commit) is the same code with the same records as in a
 * machine; the exit, and KVM, are not there. So it can be timed, and its host
 * instructions counted, on any host.
 */
#ifndef VMM_BENCH_RIG_H
#define VMM_BENCH_RIG_H

#include "vmm/access/commit.h"
#include "vmm/error.h"

/* Guest-virtual addresses of the rig's pages, each mapped to the same gpa. */
#define RIG_CODE 0x8000ull
#define RIG_VIRTUAL 0x10000ull /* kept by the memory keeper */
#define RIG_MEMORY 0x20000ull

struct rig {
	struct ram ram;
	struct space *space;
	struct keeper *keeper;
	struct walk_memory tables;
	struct translator translator;
	struct access_env env;
	struct vector_state vector; /* as if it had been fetched */
	struct vcpu vcpu; /* its sync area is memory of ours, and it has no file */
	struct plan plan;
};

/* NULL with *e filled. rig_free() undoes it. */
struct rig *rig_new(struct error *e);
void rig_free(struct rig *rig);

/* Put an instruction at RIG_CODE. */
void rig_code(struct rig *rig, const uint8_t *code, size_t size);

/* The registers of a program at CPL 3 in 64-bit mode whose next instruction is at RIG_CODE. */
struct regs rig_regs(const struct rig *rig);

/*
 * Carry out the instruction at regs->rip, one element if it repeats, as the run loop does. False if it
 * is not carried out. The registers after are in rig->plan.after.regs.
 */
bool rig_carry_out(struct rig *rig, const struct regs *regs);

#endif
