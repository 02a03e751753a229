/*
 * multiboot_header.h: what a kernel says of itself in its Multiboot header, of either version.
 *
 * Nothing of the machine is known here. Sources: Multiboot Specification 0.6.96,
 * "OS image format"; Multiboot2 Specification 2.0, "OS image format".
 */
#ifndef VMM_BOOT_MULTIBOOT_HEADER_H
#define VMM_BOOT_MULTIBOOT_HEADER_H

#include "capmodel/gpa.h"
#include "vmm/boot/image.h"

#include <stdbool.h>

#define MULTIBOOT_HEADER_1 0x1badb002u
#define MULTIBOOT_HEADER_2 0xe85250d6u

struct multiboot_header {
	unsigned version; /* 1 or 2 */
	uint64_t at; /* offset in the file */
	bool has_addresses; /* load by these, not by the headers of ELF */
	uint64_t offset, file_size; /* in the image; within it */
	gpa_t load;
	uint64_t memory_size; /* bytes, at least file_size; the rest is zeroed */
	bool has_entry;
	uint32_t entry; /* physical, if has_entry */
	bool wants_screen; /* it asks what the screen is */
};

/* Whether the image has a header of that version, with a right checksum. */
bool multiboot_is(const struct image *image, unsigned version);

/* Whether it has at least the first word of one: the rest may be wrong. */
bool multiboot_is_meant(const struct image *image, unsigned version);

/* Read and check it. 0, or -1 with *e naming the file, the field and the cause. */
int multiboot_parse(const struct image *image, unsigned version, struct multiboot_header *out, struct error *e);

#endif
