/*
 * registers.h: what the registers of a virtio device give and do, for virtio.c. The device's lock is held.
 */
#ifndef VMM_DEVICE_VIRTIO_REGISTERS_H
#define VMM_DEVICE_VIRTIO_REGISTERS_H

#include "vmm/device/virtio/virtio.h"

/* offset is below VIRTIO_REG_CONFIG and a multiple of 4. No load has an effect. */
uint32_t virtio_read_register(struct virtio *v, uint64_t offset);

/* What follows from it on the queues and the interrupt line is yet to be done. */
void virtio_write_register(struct virtio *v, uint64_t offset, uint32_t value);

#endif
