/*
 * bzimage_sample.h: a small, right bzImage for tests to break: one setup sector beyond
 * the first, a kernel of SAMPLE_KERNEL_SIZE bytes that all are 0xcc.
 */
#ifndef TESTS_BZIMAGE_SAMPLE_H
#define TESTS_BZIMAGE_SAMPLE_H

#include "vmm/boot/image.h"

#include <asm/bootparam.h>
#include <string.h>

#define SAMPLE_SETUP_SIZE 1024u
#define SAMPLE_KERNEL_SIZE 0x1000u
#define SAMPLE_PREFERRED 0x1000000u
#define SAMPLE_INIT_SIZE 0x3000u

struct bzimage_sample {
	struct image image;
	struct setup_header *header;
	uint8_t bytes[SAMPLE_SETUP_SIZE + SAMPLE_KERNEL_SIZE];
};

static inline void bzimage_sample_fill(struct bzimage_sample *s)
{
	memset(s, 0, sizeof(*s));
	s->image = (struct image){.path = "sample", .bytes = s->bytes, .size = sizeof(s->bytes)};
	s->header = (struct setup_header *)(void *)(s->bytes + 0x1f1);
	*s->header = (struct setup_header){
		.setup_sects = SAMPLE_SETUP_SIZE / 512 - 1,
		.syssize = SAMPLE_KERNEL_SIZE / 16,
		.boot_flag = 0xaa55,
		.jump = 0xeb | 0x6a << 8, /* the header ends at 0x26c */
		.header = 0x53726448,
		.version = 0x20f,
		.loadflags = LOADED_HIGH,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x200000,
		.relocatable_kernel = 1,
		.xloadflags = XLF_KERNEL_64,
		.cmdline_size = 100,
		.pref_address = SAMPLE_PREFERRED,
		.init_size = SAMPLE_INIT_SIZE,
	};
	memset(s->bytes + SAMPLE_SETUP_SIZE, 0xcc, SAMPLE_KERNEL_SIZE);
}

#endif
