/*
 * vcpu.h: one virtual CPU of KVM's.
 *
 * General and system registers travel through kvm_run's sync area: after every
 * KVM_RUN they are there, and what commit.c marks dirty goes back with the next
 * one. Vector state is fetched only when an instruction wants it.
 */
#ifndef VMM_MACHINE_VCPU_H
#define VMM_MACHINE_VCPU_H

#include "decoder/vector.h"
#include "vmm/boot/boot.h"
#include "vmm/error.h"
#include "vmm/machine/kvm.h"

#include <linux/kvm.h>

struct vcpu {
	int fd;
	unsigned id;
	struct kvm_run *run;
	size_t run_size;
	uint64_t features; /* XCR0 */
	struct vector_state *vector;
	bool vector_read; /* it holds the guest's, read since the last commit_vector() */
	bool vector_changed; /* and KVM does not have it yet */
};

/* 0, or -1 with *e filled. */
int vcpu_open(struct vcpu *vcpu, const struct kvm *kvm, unsigned id, struct error *e);
void vcpu_close(struct vcpu *vcpu);

/* Put the vCPU in the state that a boot protocol asks for. 0, or -1 with *e filled. */
int vcpu_start(struct vcpu *vcpu, const struct boot_state *state, struct error *e);

/* Before the first KVM_RUN: have the registers in the sync area, as they are after each. 0, or -1 with *e filled. */
int vcpu_sync(struct vcpu *vcpu, struct error *e);

/* The vector state now, fetched from KVM; NULL if it refuses. */
struct vector_state *vcpu_vector(void *vcpu);

#endif
