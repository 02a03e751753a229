/*
 * multiboot_sections.h: an ELF kernel's section headers, as Multiboot gives them to it.
 *
 * Symbol and string tables are loaded too, and their sh_addr says where; all other
 * headers are as in the file. An image whose table of sections is malformed has
 * none: a kernel runs without. Sources: Multiboot Specification 0.6.96, "Boot
 * information format", syms; Multiboot2 Specification 2.0, "ELF-Symbols".
 */
#ifndef VMM_BOOT_MULTIBOOT_SECTIONS_H
#define VMM_BOOT_MULTIBOOT_SECTIONS_H

#include "capmodel/gpa.h"
#include "vmm/boot/image.h"

#include <stdbool.h>

struct multiboot_sections {
	bool is_32;
	uint32_t count, entry_size, names; /* names: the index of the section of names */
	uint64_t offset; /* of the headers in the file */
	uint64_t loaded; /* bytes of the tables to load */
};

/* Read and check those of an ELF image whose header elf_parse() took. False if it has none. */
bool multiboot_sections_find(const struct image *image, struct multiboot_sections *out);

/*
 * Copy the tables to memory, s->loaded bytes that lie at gpa at (a multiple of 16), and the changed
 * headers to headers, count * entry_size bytes.
 */
void multiboot_sections_load(const struct multiboot_sections *s, const struct image *image, gpa_t at, uint8_t *memory,
			     uint8_t *headers);

#endif
