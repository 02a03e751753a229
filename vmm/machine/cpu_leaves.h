/*
 * cpu_leaves.h: the leaves of CPUID, as KVM is given them.
 */
#ifndef VMM_MACHINE_CPU_LEAVES_H
#define VMM_MACHINE_CPU_LEAVES_H

#include <stdbool.h>

struct kvm_cpuid2;

/* feature: a number of cpu_names.h. */
bool cpu_leaves_have(const struct kvm_cpuid2 *cpuid, unsigned feature);
void cpu_leaves_hide(struct kvm_cpuid2 *cpuid, unsigned feature);

/* Extensions that came after the table: those bits of leaf 07H (from its ECX and EDX on) that have no name. */
void cpu_leaves_hide_unnamed(struct kvm_cpuid2 *cpuid);

/* What describes features that are not there is gone: components of XSAVE in leaf 0DH, whole leaves. */
void cpu_leaves_settle(struct kvm_cpuid2 *cpuid);

#endif
