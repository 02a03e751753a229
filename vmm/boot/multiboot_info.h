/*
 * multiboot_info.h: what a Multiboot kernel is told of the machine: the bytes that EBX points at.
 *
 * Sources: Multiboot Specification 0.6.96, "Boot information format"; Multiboot2
 * Specification 2.0, "Boot information".
 */
#ifndef VMM_BOOT_MULTIBOOT_INFO_H
#define VMM_BOOT_MULTIBOOT_INFO_H

#include "vmm/boot/e820.h"
#include "vmm/boot/multiboot_sections.h"

/* What EAX holds when a kernel begins. */
#define MULTIBOOT_MAGIC_1 0x2badb002u
#define MULTIBOOT_MAGIC_2 0x36d76289u

#define MULTIBOOT_LOADER "lodestore"
#define MULTIBOOT_RSDP_SIZE 36u

struct multiboot_module {
	uint32_t start, end; /* physical; end is exclusive */
	const char *text; /* its command line */
};

struct multiboot_facts {
	const char *command_line;
	unsigned nmodules;
	const struct multiboot_module *modules;
	unsigned nranges;
	const struct e820_range *ranges;
	bool screen; /* tell of the text screen */
	const struct multiboot_sections *sections; /* NULL: none */
	const uint8_t *section_headers; /* as multiboot_sections_load() made them; NULL: zeros, while planning */
	const uint8_t *rsdp; /* version 2 of it, MULTIBOOT_RSDP_SIZE bytes; NULL as above */
};

/*
 * Write the information for a guest that finds it at gpa at (a multiple of 8) into room bytes. Returns the
 * bytes it has; nothing is written beyond room, so that with 0 it is only measured.
 */
uint64_t multiboot_info_1(const struct multiboot_facts *facts, gpa_t at, uint8_t *bytes, uint64_t room);
uint64_t multiboot_info_2(const struct multiboot_facts *facts, gpa_t at, uint8_t *bytes, uint64_t room);

#endif
