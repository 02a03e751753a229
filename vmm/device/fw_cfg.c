#include "vmm/device/fw_cfg.h"

#include <string.h>

#define SELECTOR 0
#define DATA 1

#define ITEM_SIGNATURE 0x00
#define ITEM_VERSION 0x01
#define ITEM_MEMORY 0x03
#define ITEM_CPUS 0x05
#define ITEM_CPUS_MAX 0x0f
#define ITEM_MASK 0x3fff /* without the bits for writing and for the machine's own items */
#define VERSION_TRADITIONAL 1u

void fw_cfg_init(struct fw_cfg *f, uint64_t memory_size, unsigned cpus)
{
	*f = (struct fw_cfg){.memory_size = memory_size, .cpus = (uint16_t)cpus};
}

/* Byte at of the first size bytes of from; 0 behind them. */
static uint8_t byte_of(const void *from, uint32_t size, uint32_t at)
{
	return at < size ? ((const uint8_t *)from)[at] : 0;
}

static uint8_t read_item(const struct fw_cfg *f, uint16_t item, uint32_t at)
{
	static const uint32_t version = VERSION_TRADITIONAL;

	switch (item) {
	case ITEM_SIGNATURE:
		return byte_of("QEMU", 4, at);
	case ITEM_VERSION:
		return byte_of(&version, sizeof(version), at);
	case ITEM_MEMORY:
		return byte_of(&f->memory_size, sizeof(f->memory_size), at);
	case ITEM_CPUS:
	case ITEM_CPUS_MAX:
		return byte_of(&f->cpus, sizeof(f->cpus), at);
	default: /* the directory too: no files */
		return 0;
	}
}

uint32_t fw_cfg_in(void *self, uint16_t offset, unsigned size)
{
	struct fw_cfg *f = self;

	(void)size;
	if (offset == SELECTOR)
		return 0;
	return read_item(f, f->item, f->at == UINT32_MAX ? f->at : f->at++);
}

void fw_cfg_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct fw_cfg *f = self;

	(void)size;
	if (offset != SELECTOR)
		return; /* nothing can be written */
	f->item = value & ITEM_MASK;
	f->at = 0;
}
