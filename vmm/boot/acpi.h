/*
 * acpi.h: the ACPI tables of our PC.
 *
 * RSDP, RSDT, XSDT, FADT, FACS, MADT (the CPUs, one IOAPIC, IRQ 0 on its pin 2) and
 * a DSDT that knows how to power off, and what virtio devices there are. Source: ACPI Specification, "ACPI Software
 * Programming Model".
 */
#ifndef VMM_BOOT_ACPI_H
#define VMM_BOOT_ACPI_H

#include "capmodel/gpa.h"

#include <stdbool.h>
#include <stddef.h>

/* Where the guest looks for the RSDP: the BIOS read-only memory. */
#define ACPI_AREA 0xe0000ull
#define ACPI_AREA_SIZE 0x20000ull

#define ACPI_TABLES_SIZE 0x1000u

#define ACPI_CPUS_MAX 64u

struct acpi_pc {
	unsigned ncpus; /* 1..ACPI_CPUS_MAX */
	uint32_t virtio; /* bit i: there is a device in slot i (device/virtio/slot.h) */
	bool screen; /* and a keyboard: else Linux waits seconds for one */
};

/* Fill area with the tables of a PC for guest-physical address gpa (a multiple of 64); the RSDP is at its start. */
void acpi_build(uint8_t area[ACPI_TABLES_SIZE], gpa_t gpa, const struct acpi_pc *pc);

#endif
