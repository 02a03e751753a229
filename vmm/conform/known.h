/*
 * known.h: where the judge is known to be wrong.
 *
 * The judge is the CPU, and a KVM on a real CPU leaves it to that. Software CPUs and
 * KVMs that emulate differ from it in places that were looked into one by one: each is a
 * row here, with its reason. What matches a row is no mismatch, but is counted and told.
 */
#ifndef VMM_CONFORM_KNOWN_H
#define VMM_CONFORM_KNOWN_H

#include "vmm/conform/harness.h"

/* Who carries out the judge's side; bits. */
#define JUDGE_CPU 0u /* the CPU itself */
#define JUDGE_TCG 1u /* QEMU's software CPU, beneath KVM */
#define JUDGE_PVM 2u /* kvm_pvm at CPL 3: the CPU, but #UD goes to KVM's emulator first */
#define JUDGE_EMULATOR 4u /* kvm_pvm at CPL 0: KVM's emulator */

#define KNOWN_MAX 32

/* How many rows there are, at most KNOWN_MAX, and the reason of one. */
unsigned known_rows(void);
const char *known_reason(unsigned row);

/* The row that a difference is, all else being equal, or -1. The scene need not be decoded. */
int known_difference(const struct harness *h, const struct scene *scene, const struct result *cpu,
		     const struct result *kept);

/* Why this judge must not be asked for an instruction, or NULL. */
const char *known_unfit(unsigned judge, const struct insn *insn);

/* Is this process on QEMU's software CPU? */
bool known_is_tcg(void);

#endif
