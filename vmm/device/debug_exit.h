/*
 * debug_exit.h: isa-debug-exit, a port that ends the guest with a value.
 */
#ifndef VMM_DEVICE_DEBUG_EXIT_H
#define VMM_DEVICE_DEBUG_EXIT_H

#include "vmm/device/platform.h"

#define DEBUG_EXIT_PORT 0xf4

struct debug_exit {
	struct platform_host host;
};

/* As in bus.h, with a struct debug_exit. The value is as wide as the access: 1, 2 or 4 bytes. */
uint32_t debug_exit_in(void *self, uint16_t offset, unsigned size);
void debug_exit_out(void *self, uint16_t offset, unsigned size, uint32_t value);

#endif
