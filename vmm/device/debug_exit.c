#include "vmm/device/debug_exit.h"

uint32_t debug_exit_in(void *self, uint16_t offset, unsigned size)
{
	(void)self, (void)offset, (void)size;
	return 0;
}

void debug_exit_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct debug_exit *d = self;

	(void)offset, (void)size;
	d->host.request(d->host.self, PLATFORM_DEBUG_EXIT, value);
}
