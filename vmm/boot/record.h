/*
 * record.h: the boot record that a guest of our own ABI is given (guest/abi/boot.h).
 */
#ifndef VMM_BOOT_RECORD_H
#define VMM_BOOT_RECORD_H

#include "vmm/boot/protocol.h"

/*
 * Write the record at at, and what it points at behind it, into room bytes of guest memory; rsdp is 0 without ACPI
 * tables. 0, or -1 with *e filled.
 */
int record_write(const struct boot *boot, const struct ram *ram, gpa_t at, uint64_t room, uint64_t rsdp,
		 struct error *e);

#endif
