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

#include <stddef.h>

/* Where the guest looks for the RSDP: the BIOS read-only memory. */
#define ACPI_AREA 0xe0000ull
#define ACPI_AREA_SIZE 0x20000ull

#define ACPI_TABLES_SIZE 0x1000u

#define ACPI_CPUS_MAX 64u

/*
 * Fill area with the tables of ncpus CPUs (1..ACPI_CPUS_MAX) for guest-physical address gpa (a multiple of
 * 64); the RSDP is at its start. Bit i of virtio: there is a device in slot i (device/virtio/slot.h).
 */
void acpi_build(uint8_t area[ACPI_TABLES_SIZE], gpa_t gpa, unsigned ncpus, uint32_t virtio);

#endif
