/*
 * e820.h: the map of memory a PC's firmware gives.
 */
#ifndef VMM_BOOT_E820_H
#define VMM_BOOT_E820_H

#include "vmm/machine/ram.h"

#define E820_USABLE 1u
#define E820_RESERVED 2u

struct e820_range {
	uint64_t start, size;
	uint32_t type;
};

#define E820_RANGES_MAX (RAM_REGIONS_MAX + 4)

/*
 * Main memory as usable, but for the last KiB below 640 KiB and the BIOS area, which are reserved; what is between
 * them is left out; all other regions as reserved. Sorted. Returns how many.
 */
unsigned e820_of(const struct ram *ram, struct e820_range ranges[E820_RANGES_MAX]);

#endif
