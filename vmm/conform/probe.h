/*
 * probe.h: what the CPU's side of a harness is like, by running an instruction on it.
 */
#ifndef VMM_CONFORM_PROBE_H
#define VMM_CONFORM_PROBE_H

#include "vmm/conform/harness.h"

/* The RFLAGS that come back as they were put there. */
uint64_t probe_flags(struct harness *h);

/* Do instructions read other segment registers than KVM tells, whose CS is cs? */
bool probe_other_selectors(struct harness *h, uint16_t cs);

/* Does KVM's emulator carry the instructions out? */
bool probe_emulated(struct harness *h);

#endif
