/*
 * pvh.h: Xen's PVH entry: what a guest finds at the address in EBX.
 *
 * Source: Xen, docs/misc/pvh and xen/include/public/arch-x86/hvm/start_info.h.
 */
#ifndef VMM_BOOT_PVH_H
#define VMM_BOOT_PVH_H

#include <stdint.h>

#define PVH_MAGIC 0x336ec578u
#define PVH_VERSION 1

struct pvh_start_info {
	uint32_t magic, version, flags, nmodules;
	uint64_t modules; /* address of struct pvh_module[] */
	uint64_t command_line;
	uint64_t rsdp;
	uint64_t memory; /* address of struct pvh_memory[] */
	uint32_t nmemory, reserved;
};

struct pvh_module {
	uint64_t start, size, command_line, reserved;
};

/* Types are those of E820. */
struct pvh_memory {
	uint64_t start, size;
	uint32_t type, reserved;
};

_Static_assert(sizeof(struct pvh_start_info) == 56, "PVH: start info");

#endif
