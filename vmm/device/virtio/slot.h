/*
 * slot.h: where virtio devices are.
 *
 * Each has a page of registers in the gap below 4 GiB and a line of the I/O APIC's of its own, both fixed by its
 * slot, so that the same page can be named on every command line. boot/acpi.c tells the guest.
 */
#ifndef VMM_DEVICE_VIRTIO_SLOT_H
#define VMM_DEVICE_VIRTIO_SLOT_H

#include <stdint.h>

#define VIRTIO_REGISTERS 0xfeb00000u /* of slot 0, the others follow */
#define VIRTIO_PAGE 0x1000u
#define VIRTIO_LINE 16u /* of slot 0: the first that no ISA device has */

enum virtio_slot {
	VIRTIO_SLOT_CONSOLE,
	VIRTIO_SLOT_ENTROPY,
	VIRTIO_SLOT_DISK, /* and those after it */
	VIRTIO_SLOTS = 8,
};

#define VIRTIO_DISKS_MAX (VIRTIO_SLOTS - VIRTIO_SLOT_DISK)

static inline uint32_t virtio_slot_registers(unsigned slot)
{
	return VIRTIO_REGISTERS + slot * VIRTIO_PAGE;
}

static inline unsigned virtio_slot_line(unsigned slot)
{
	return VIRTIO_LINE + slot;
}

#endif
