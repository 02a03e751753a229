/*
 * memory.h: what memory there is.
 */
#ifndef GUEST_KERNEL_MEMORY_H
#define GUEST_KERNEL_MEMORY_H

#include "guest/abi/boot.h"

#include <stdbool.h>
#include <stdint.h>

/* From the loader's record: where memory ends, and its largest free range. */
void memory_init(const struct guest_boot *boot);

/* Is the page at physical main memory, and not of the window? */
bool memory_is_ordinary(uint64_t physical);

/* Page-aligned, in bytes; neither the image nor a module reaches into it. */
uint64_t memory_free_start(void);
uint64_t memory_free_size(void);

#endif
