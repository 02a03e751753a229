#include "vmm/device/bus.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

void bus_init(struct bus *bus)
{
	memset(bus, 0, sizeof(*bus));
}

static const struct port_device *bus_find(const struct bus *bus, uint16_t port)
{
	for (unsigned i = 0; i < bus->ndevices; i++) {
		const struct port_device *device = &bus->devices[i];

		if (port >= device->base && port - device->base < device->count)
			return device;
	}
	return NULL;
}

int bus_add(struct bus *bus, const struct port_device *device)
{
	for (unsigned i = 0; i < device->count; i++) {
		if (bus_find(bus, (uint16_t)(device->base + i)))
			return -EEXIST;
	}
	if (bus->ndevices == BUS_DEVICES_MAX)
		return -ENOSPC;
	bus->devices[bus->ndevices++] = *device;
	return 0;
}

static void bus_unknown(struct bus *bus, uint16_t port)
{
	__atomic_fetch_add(&bus->unknown, 1, __ATOMIC_RELAXED);
	__atomic_fetch_or(&bus->unknown_ports[port / 32], 1u << port % 32, __ATOMIC_RELAXED);
}

static uint32_t ones(unsigned size)
{
	return size < 4 ? (1u << 8 * size) - 1 : UINT32_MAX;
}

uint32_t bus_in(struct bus *bus, uint16_t port, unsigned size)
{
	const struct port_device *device = bus_find(bus, port);

	if (device && device->in)
		return device->in(device->self, (uint16_t)(port - device->base), size) & ones(size);
	bus_unknown(bus, port);
	return ones(size);
}

void bus_out(struct bus *bus, uint16_t port, unsigned size, uint32_t value)
{
	const struct port_device *device = bus_find(bus, port);

	if (device && device->out)
		device->out(device->self, (uint16_t)(port - device->base), size, value & ones(size));
	else
		bus_unknown(bus, port);
}
