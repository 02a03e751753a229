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

static uint32_t bytes_in(const struct port_device *device, uint16_t offset, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++) {
		uint16_t at = (uint16_t)(offset + i);
		uint32_t byte = at < device->count ? device->in(device->self, at, 1) & 0xff : 0xff;

		value |= byte << 8 * i;
	}
	return value;
}

static void bytes_out(const struct port_device *device, uint16_t offset, unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < size && offset + i < device->count; i++)
		device->out(device->self, (uint16_t)(offset + i), 1, value >> 8 * i & 0xff);
}

uint32_t bus_in(struct bus *bus, uint16_t port, unsigned size)
{
	const struct port_device *device = bus_find(bus, port);

	if (!device || !device->in) {
		bus_unknown(bus, port);
		return ones(size);
	}
	port -= device->base;
	return (device->bytewise ? bytes_in(device, port, size) : device->in(device->self, port, size)) & ones(size);
}

void bus_out(struct bus *bus, uint16_t port, unsigned size, uint32_t value)
{
	const struct port_device *device = bus_find(bus, port);

	if (!device || !device->out) {
		bus_unknown(bus, port);
		return;
	}
	port -= device->base;
	if (device->bytewise)
		bytes_out(device, port, size, value);
	else
		device->out(device->self, port, size, value & ones(size));
}
