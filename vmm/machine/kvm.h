/*
 * kvm.h: /dev/kvm, one VM, its memory slots and interrupt controllers.
 */
#ifndef VMM_MACHINE_KVM_H
#define VMM_MACHINE_KVM_H

#include "vmm/error.h"
#include "vmm/machine/cpu_model.h"
#include "vmm/machine/ram.h"

struct kvm_cpuid2;

struct kvm {
	int device_fd, vm_fd;
	int run_size; /* of a vCPU's kvm_run mapping, bytes */
	unsigned phys_bits; /* of the guest */
	bool has_irqchip; /* kvm_add_irqchip() has been called */
	bool tells_msrs; /* kvm_tell_msrs() has been called, and this KVM does */
	struct kvm_cpuid2 *cpuid; /* what KVM supports and the guest is given */
};

/* Open the device, check what is needed, make a VM. 0, or -1 with *e saying what is missing and what helps. */
int kvm_open(struct kvm *kvm, struct error *e);
void kvm_close(struct kvm *kvm);

/* One memory slot a region; never changed afterwards. 0, or -1 with *e filled. */
int kvm_add_memory(struct kvm *kvm, const struct ram *ram, struct error *e);

/*
 * Show vCPUs that are opened from now on the features of the model; first comes kvm_add_irqchip(), if it comes. 0, or
 * -1 with *e naming what KVM does not offer.
 */
int kvm_choose_cpu(struct kvm *kvm, const struct cpu_model *model, struct error *e);

/* Have exits for MSRs that KVM does not know, or will not write, if it can. */
void kvm_tell_msrs(struct kvm *kvm);

/* PIC, I/O APIC, local APIC and PIT. 0, or -1 with *e filled. */
int kvm_add_irqchip(struct kvm *kvm, struct error *e);

/*
 * Does this host's KVM translate guest pages by EPT or NPT? False also where it does not say. Without them it
 * keeps copies of the guest's page tables, and has to see each store to one.
 */
bool kvm_pages_are_nested(void);

void kvm_irq(const struct kvm *kvm, unsigned line, bool level);

#endif
