/*
 * mmio.h: KVM emulated the instruction itself, and asks for the bytes.
 *
 * Some KVMs interpret a touch of a trapped page and report KVM_EXIT_MMIO, which
 * loses LOCK, widths above 8 and the pairing of a read-modify-write. So the
 * emulation is cancelled: it is fed dummy bytes until it ends, everything it changed
 * is put back, and the instruction then goes the one way of every access.
 */
#ifndef VMM_ACCESS_MMIO_H
#define VMM_ACCESS_MMIO_H

#include "vmm/access/access.h"
#include "vmm/machine/vcpu.h"

/*
 * Cancel the emulation that the vCPU's KVM_EXIT_MMIO belongs to. On true *before
 * holds the registers from before the instruction, and the vCPU's are those again.
 * False: the store cannot be attributed to an instruction (why says so), and
 * nothing was changed.
 */
bool mmio_cancel(struct access_env *env, struct vcpu *vcpu, struct regs *before, char *why, size_t why_size);

#endif
