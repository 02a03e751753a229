/*
 * mptable.h: the MP table of our PC, for kernels that do not read ACPI's.
 *
 * The floating pointer, and behind it the configuration table: the CPUs, one ISA bus,
 * one IOAPIC (IRQ 0 on its pin 2), and the local interrupts. Source: Intel,
 * MultiProcessor Specification 1.4, "MP Configuration Table".
 */
#ifndef VMM_BOOT_MPTABLE_H
#define VMM_BOOT_MPTABLE_H

#include "capmodel/gpa.h"

#include <stdint.h>

/* Where a guest looks for it, among other places: the BIOS memory. */
#define MPTABLE_AREA 0xf0000ull
#define MPTABLE_SIZE 0x1000u
#define MPTABLE_CPUS_MAX 64u

/* Fill area with the table of ncpus CPUs (1..MPTABLE_CPUS_MAX) for guest-physical address gpa. */
void mptable_build(uint8_t area[MPTABLE_SIZE], gpa_t gpa, unsigned ncpus);

#endif
