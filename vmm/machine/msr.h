/*
 * msr.h: the MSRs that a guest asked for and did not get.
 *
 * KVM answers all that it knows. What it does not know, or will not write, raises #GP in the guest; where KVM tells
 * the monitor first (KVM_CAP_X86_USER_SPACE_MSR), it is counted here, and raises #GP all the same.
 */
#ifndef VMM_MACHINE_MSR_H
#define VMM_MACHINE_MSR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct kvm_run;

#define MSRS_SHOWN 16

struct refused_msrs {
	uint64_t accesses;
	unsigned count; /* of the first ones */
	struct {
		uint32_t number;
		bool read, written;
	} first[MSRS_SHOWN];
};

/* At an exit for an MSR: count it, and have KVM raise #GP. */
void msr_refuse(struct refused_msrs *msrs, struct kvm_run *run);

void msr_add(struct refused_msrs *sum, const struct refused_msrs *more);

/* One line. */
void msr_print(const struct refused_msrs *msrs, FILE *out);

#endif
