#include "vmm/boot/aml.h"

#include "vmm/device/platform.h"
#include "vmm/device/virtio/slot.h"

#include <stddef.h>
#include <string.h>

#define PACKED __attribute__((packed))

/* Name (\_S5_, Package (4) { sleep type of PM1a, of PM1b, 0, 0 }) */
static const uint8_t sleep_code[] = {
	0x08, '_', 'S', '5', '_', 0x12, 8, 4, 0x0a, ACPI_SLEEP_S5, 0x0a, ACPI_SLEEP_S5, 0x00, 0x00,
};

/* Scope (\_SB_) { */
struct PACKED scope {
	uint8_t op, length[2];
	char name[5];
};

/*
 *	Device (VIO0) {
 *		Name (_HID, "LNRO0005") Name (_UID, 0)
 *		Name (_CRS, ResourceTemplate () {
 *			Memory32Fixed (ReadWrite, registers, 0x1000)
 *			Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { line } })
 *	}
 */
struct PACKED device {
	uint8_t op[2], length;
	char name[4];
	uint8_t hid_op;
	char hid_name[4];
	uint8_t hid_string;
	char hid[9];
	uint8_t uid_op;
	char uid_name[4];
	uint8_t uid_byte, uid;
	uint8_t crs_op;
	char crs_name[4];
	uint8_t buffer_op, buffer_length, buffer_byte, buffer_size;
	struct PACKED {
		uint8_t memory[4]; /* tag, length, read and write */
		uint32_t registers, registers_size;
		uint8_t interrupt[5]; /* tag, length, flags, how many */
		uint32_t line;
		uint8_t end[2];
	} resources;
};

static const struct device device = {
	.op = {0x5b, 0x82},
	.length = sizeof(device) - offsetof(struct device, length),
	.name = {'V', 'I', 'O', '0'},
	.hid_op = 0x08,
	.hid_name = {'_', 'H', 'I', 'D'},
	.hid_string = 0x0d,
	.hid = "LNRO0005",
	.uid_op = 0x08,
	.uid_name = {'_', 'U', 'I', 'D'},
	.uid_byte = 0x0a,
	.crs_op = 0x08,
	.crs_name = {'_', 'C', 'R', 'S'},
	.buffer_op = 0x11,
	.buffer_length = sizeof(device) - offsetof(struct device, buffer_length),
	.buffer_byte = 0x0a,
	.buffer_size = sizeof(device.resources),
	.resources = {.memory = {0x86, 9, 0, 1},
		      .registers_size = VIRTIO_PAGE,
		      .interrupt = {0x89, 6, 0, 0x01, 1},
		      .end = {0x79, 0}},
};

_Static_assert(sizeof(struct device) - offsetof(struct device, length) < 64, "AML: a package's length in one byte");
_Static_assert(sizeof(sleep_code) + sizeof(struct scope) + VIRTIO_SLOTS * sizeof(struct device) <= AML_SIZE_MAX,
	       "AML: all slots");

unsigned aml_build(uint8_t code[AML_SIZE_MAX], uint32_t virtio)
{
	struct scope scope = {.op = 0x10, .name = {'\\', '_', 'S', 'B', '_'}};
	unsigned scope_at = sizeof(sleep_code), used = scope_at + sizeof(scope), length;

	memcpy(code, sleep_code, sizeof(sleep_code));
	if (virtio == 0)
		return scope_at;
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
		struct device d = device;

		if (!(virtio & (1u << slot)))
			continue;
		d.name[3] = (char)('0' + slot);
		d.uid = (uint8_t)slot;
		d.resources.registers = virtio_slot_registers(slot);
		d.resources.line = virtio_slot_line(slot);
		memcpy(code + used, &d, sizeof(d));
		used += sizeof(d);
	}
	length = used - scope_at - 1; /* in two bytes: the low four bits, and the rest */
	scope.length[0] = (uint8_t)(0x40 | (length & 0xf));
	scope.length[1] = (uint8_t)(length >> 4);
	memcpy(code + scope_at, &scope, sizeof(scope));
	return used;
}
