/*
 * fw_cfg.h: the few facts that small kernels ask QEMU's configuration device for, at 0x510 and 0x511.
 *
 * The signature, the version (no DMA), the size of memory, the number of CPUs, and a
 * directory without files; every other item is empty. Source: QEMU,
 * docs/specs/fw_cfg.
 */
#ifndef VMM_DEVICE_FW_CFG_H
#define VMM_DEVICE_FW_CFG_H

#include <stdint.h>

#define FW_CFG_PORT 0x510
#define FW_CFG_PORTS 2

struct fw_cfg {
	uint64_t memory_size;
	uint16_t cpus;
	uint16_t item; /* selected */
	uint32_t at; /* the byte of it that is read next */
};

void fw_cfg_init(struct fw_cfg *f, uint64_t memory_size, unsigned cpus);

/* As in bus.h, with a struct fw_cfg. */
uint32_t fw_cfg_in(void *self, uint16_t offset, unsigned size);
void fw_cfg_out(void *self, uint16_t offset, unsigned size, uint32_t value);

#endif
