/*
 * paging.h: the hardware's page tables, a cache of what spaces say.
 *
 * Each process that runs has tables of its own, filled page by page as it faults. They can
 * be thrown away at any time: that is how mappings are forgotten.
 */
#ifndef GUEST_KERNEL_PAGING_H
#define GUEST_KERNEL_PAGING_H

#include "guest/kernel/machine.h"

#define PAGING_USER_END 0x800000000000ull /* the lower half belongs to user code, the upper to the kernel */
#define PAGING_PHYSICAL 0xffff800000000000ull /* all physical memory, not executable */
#define PAGING_IMAGE 0xffffffff80000000ull /* the kernel's image lies at this plus its physical address */

/* The kernel's own half, from the loader's tables. */
void paging_init(void);

/* p's tables become the CPU's. */
void paging_load(struct process *p);

/* Map the page of address, for the process whose tables are loaded. */
void paging_map(struct process *p, uint64_t address, const struct mapping *mapping);

/* The byte of memory that the loaded process executes at address; NULL if it is not mapped, or no memory. */
const uint8_t *paging_code_byte(const struct process *p, uint64_t address);

/* p's tables are thrown away; p may not be there any more. */
void paging_drop(const struct process *p);

#endif
