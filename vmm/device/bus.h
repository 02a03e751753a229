/*
 * bus.h: I/O ports to devices. A port nobody claims reads all ones and is counted. Once all are added, any
 * thread may ask.
 */
#ifndef VMM_DEVICE_BUS_H
#define VMM_DEVICE_BUS_H

#include <stdbool.h>
#include <stdint.h>

/* One port device: ports [base, base+count). Operations get the offset from base; size is 1, 2 or 4 bytes. */
struct port_device {
	const char *name;
	uint16_t base, count;
	void *self;
	uint32_t (*in)(void *self, uint16_t offset, unsigned size);
	void (*out)(void *self, uint16_t offset, unsigned size, uint32_t value);
	bool bytewise; /* an 8-bit device: wider accesses are made of bytes, those beyond it ones */
};

#define BUS_DEVICES_MAX 16

struct bus {
	unsigned ndevices;
	struct port_device devices[BUS_DEVICES_MAX];
	uint64_t unknown; /* accesses to unclaimed ports */
	uint32_t unknown_ports[2048]; /* bitmap by port, for the summary */
};

void bus_init(struct bus *bus);

/* 0, -EEXIST if a port is taken, -ENOSPC. */
int bus_add(struct bus *bus, const struct port_device *device);

uint32_t bus_in(struct bus *bus, uint16_t port, unsigned size);
void bus_out(struct bus *bus, uint16_t port, unsigned size, uint32_t value);

#endif
