/*
 * bzimage.h: the header of Linux's bzImage.
 *
 * Source: Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header",
 * "64-bit BOOT PROTOCOL".
 */
#ifndef VMM_BOOT_BZIMAGE_H
#define VMM_BOOT_BZIMAGE_H

#include "vmm/boot/image.h"

#include <asm/bootparam.h>
#include <stdbool.h>

#define BZIMAGE_ENTRY64 0x200 /* from where the kernel is loaded */

struct bzimage {
	struct setup_header header; /* zero where the image's own is shorter */
	const uint8_t *kernel; /* the protected-mode part, in the image */
	uint64_t kernel_size; /* bytes */
	uint64_t memory_size; /* bytes from the load address that the kernel needs to start; not below kernel_size */
	uint64_t preferred; /* load address */
	uint64_t alignment; /* 0 if the kernel cannot be loaded elsewhere; else a power of two */
	uint64_t initrd_limit; /* the first address an initrd must not reach */
	uint64_t command_line_max; /* bytes without the final zero */
};

/* Whether the setup header's magic is there. */
bool bzimage_is(const struct image *image);

/* 0, or -1 with *e naming the file and what is wrong: cut short, too old, 32-bit only. */
int bzimage_parse(const struct image *image, struct bzimage *out, struct error *e);

#endif
