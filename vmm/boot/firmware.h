/*
 * firmware.h: what a PC's firmware leaves in memory for the kernels that it starts.
 *
 * ACPI's tables, an MP table, and of the BIOS's data what kernels read: the size of
 * base memory, the first serial port, and the screen, which is text of 80 columns and
 * 25 rows. There is no BIOS to call. Sources: acpi.h, mptable.h; Phoenix, System BIOS
 * for IBM PCs, Compatibles, and EISA Computers, "BIOS Data Area".
 */
#ifndef VMM_BOOT_FIRMWARE_H
#define VMM_BOOT_FIRMWARE_H

#include "vmm/boot/acpi.h"
#include "vmm/error.h"
#include "vmm/machine/ram.h"

/* Write it all into memory that reaches to 1 MiB. 0, or -1 with *e filled. */
int firmware_load(const struct ram *ram, const struct acpi_pc *pc, struct error *e);

#endif
