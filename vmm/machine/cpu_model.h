/*
 * cpu_model.h: which features of a CPU a guest is shown: "host", or a level of the
 * x86-64 psABI, and features by name added to it or taken away.
 *
 * It says features only: the maker, the family and the sizes of caches are the
 * host's. What KVM does not offer cannot be shown; what the CPU does by itself
 * cannot all be hidden: a program that does not ask CPUID finds most of its instructions.
 */
#ifndef VMM_MACHINE_CPU_MODEL_H
#define VMM_MACHINE_CPU_MODEL_H

#include "vmm/error.h"
#include "vmm/machine/cpu_names.h"

#include <stdbool.h>

struct kvm_cpuid2;

struct cpu_set {
	uint64_t bits[CPU_NAMES_MAX / 64]; /* by the number of cpu_names.h */
};

/* All zero: what KVM offers. */
struct cpu_model {
	unsigned level; /* 1 to CPU_LEVEL_MAX; 0: host */
	struct cpu_set added, removed; /* by name, with what follows from it; no feature is in both */
};

/*
 * "BASE", "BASE,+NAME,-NAME" or "+NAME,-NAME" (of host). A later one wins; what a feature needs is added with it, and
 * what needs a feature is taken away with it. 0, or -1 with *e saying which part is wrong.
 */
int cpu_model_parse(const char *text, struct cpu_model *out, struct error *e);

/*
 * Make of the features that KVM offers (all of them in *cpuid) those of the model. What follows from them in other
 * leaves follows: the components of XSAVE in leaf 0DH, and leaves that only describe what is not there. 0, or
 * -1 with *e naming what KVM does not offer; *cpuid is then as before.
 */
int cpu_model_apply(const struct cpu_model *model, struct kvm_cpuid2 *cpuid, struct error *e);

/* Does *cpuid show the feature of that name? False also where there is no such name. */
bool cpu_has(const struct kvm_cpuid2 *cpuid, const char *name);

/* Is it hidden by the model itself, whatever KVM offers? */
bool cpu_model_hides(const struct cpu_model *model, const char *name);

#endif
