#include "vmm/device/bus.h"

#include "tests/check.h"

#include <errno.h>

struct probe {
	uint16_t offset;
	unsigned size, calls;
	uint32_t value;
};

static uint32_t probe_in(void *self, uint16_t offset, unsigned size)
{
	struct probe *p = self;

	*p = (struct probe){offset, size, p->calls + 1, p->value};
	return p->value;
}

static void probe_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct probe *p = self;

	*p = (struct probe){offset, size, p->calls + 1, value};
}

static void ports_reach_their_device(void)
{
	struct probe p = {.value = 0x11223344}, q = {0};
	struct bus bus;

	bus_init(&bus);
	CHECK_EQ(bus_add(&bus, &(struct port_device){"p", 0x100, 4, &p, probe_in, probe_out, false}), 0);
	CHECK_EQ(bus_add(&bus, &(struct port_device){"q", 0x104, 1, &q, probe_in, probe_out, false}), 0);
	CHECK_EQ(bus_in(&bus, 0x103, 1), 0x44); /* cut to the access's size */
	CHECK_EQ(p.offset, 3);
	CHECK_EQ(p.size, 1);
	CHECK_EQ(bus_in(&bus, 0x100, 4), 0x11223344);
	CHECK_EQ(bus_in(&bus, 0x100, 2), 0x3344);
	bus_out(&bus, 0x104, 2, 0xaabbccdd);
	CHECK_EQ(q.value, 0xccdd);
	CHECK_EQ(q.offset, 0);
	CHECK_EQ(q.calls, 1);
	CHECK_EQ(p.calls, 3);
	CHECK_EQ(bus.unknown, 0);
}

static void devices_of_bytes_get_bytes(void)
{
	struct probe p = {.value = 0x44};
	struct bus bus;

	bus_init(&bus);
	CHECK_EQ(bus_add(&bus, &(struct port_device){"p", 0x100, 3, &p, probe_in, probe_out, true}), 0);
	CHECK_EQ(bus_in(&bus, 0x101, 4), 0xffff4444); /* two of the device's, two beyond it */
	CHECK_EQ(p.calls, 2);
	CHECK_EQ(p.offset, 2);
	CHECK_EQ(p.size, 1);
	bus_out(&bus, 0x101, 4, 0xaabbccdd);
	CHECK_EQ(p.calls, 4);
	CHECK_EQ(p.value, 0xcc);
	CHECK_EQ(bus.unknown, 0);
}

static void unclaimed_ports_read_ones_and_are_counted(void)
{
	struct bus bus;

	bus_init(&bus);
	CHECK_EQ(bus_in(&bus, 0x80, 1), 0xff);
	CHECK_EQ(bus_in(&bus, 0x80, 2), 0xffff);
	CHECK_EQ(bus_in(&bus, 0xffff, 4), 0xffffffff);
	bus_out(&bus, 0x81, 1, 5);
	CHECK_EQ(bus.unknown, 4);
	CHECK_EQ(bus.unknown_ports[0x80 / 32], 3);
	CHECK_EQ(bus.unknown_ports[2047], 0x80000000);
}

static void taken_and_full(void)
{
	struct port_device device = {"p", 0x100, 4, NULL, probe_in, probe_out, false};
	struct bus bus;

	bus_init(&bus);
	CHECK_EQ(bus_add(&bus, &device), 0);
	device.base = 0xfd; /* its last port is the first's first */
	CHECK_EQ(bus_add(&bus, &device), -EEXIST);
	device.base = 0x103;
	CHECK_EQ(bus_add(&bus, &device), -EEXIST);
	CHECK_EQ(bus.ndevices, 1);
	for (unsigned i = 1; i < BUS_DEVICES_MAX; i++) {
		device.base = (uint16_t)(0x200 + 4 * i);
		CHECK_EQ(bus_add(&bus, &device), 0);
	}
	device.base = 0x1000;
	CHECK_EQ(bus_add(&bus, &device), -ENOSPC);
}

CHECK_MAIN(CHECK_TEST(ports_reach_their_device), CHECK_TEST(devices_of_bytes_get_bytes),
	   CHECK_TEST(unclaimed_ports_read_ones_and_are_counted), CHECK_TEST(taken_and_full))
