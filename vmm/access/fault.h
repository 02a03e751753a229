/*
 * fault.h: the photo of a stopped vCPU, and the way back of a cancelled emulation.
 */
#ifndef VMM_ACCESS_FAULT_H
#define VMM_ACCESS_FAULT_H

#include "vmm/access/access.h"
#include "vmm/machine/vcpu.h"

/* The registers as KVM left them in the sync area. No ioctl. */
void fault_photo(const struct vcpu *vcpu, struct regs *regs);

/* An exception or interrupt whose delivery KVM had begun: then the fault may be the delivery's. */
bool fault_in_delivery(const struct vcpu *vcpu, uint8_t *vector);

#endif
