/*
 * protocol.h: what the boot protocols share, and only they: boot.c, bare.c, own.c, linux.c, multiboot.c.
 */
#ifndef VMM_BOOT_PROTOCOL_H
#define VMM_BOOT_PROTOCOL_H

#include "vmm/boot/acpi.h"
#include "vmm/boot/boot.h"
#include "vmm/boot/bzimage.h"
#include "vmm/boot/elf.h"
#include "vmm/boot/layout.h"
#include "vmm/boot/multiboot_header.h"
#include "vmm/boot/multiboot_sections.h"

struct boot_protocol {
	/* Check everything and add regions; the image is open, and parsed if it is ELF. */
	int (*plan)(struct boot *boot, struct ram *ram, struct error *e);
	/* Write memory, fill *state (all zero before). */
	int (*load)(struct boot *boot, struct ram *ram, struct boot_state *state, struct error *e);
};

struct boot {
	enum boot_kind kind; /* never BOOT_AUTO */
	const struct boot_protocol *protocol;
	struct boot_options options;
	struct acpi_pc pc; /* that the firmware tells of */
	struct image image;
	bool is_elf;
	struct elf_image elf; /* if is_elf */
	struct image modules[BOOT_MODULES_MAX];
	gpa_t modules_at[BOOT_MODULES_MAX];
	struct image initrd; /* bytes NULL without one */
	gpa_t initrd_at;
	struct symbols *symbols;
	bool has_program; /* options.symbols is a program's executable */
	struct program_start program;
	struct layout layout;
	uint64_t entry; /* bare, multiboot: the first RIP */
	gpa_t system; /* bare, elf: the region of kind RAM_SYSTEM */
	uint64_t system_size;
	gpa_t window; /* elf: for pages that the guest answers for; size 0 if there is none */
	uint64_t window_size;
	bool no_syscall; /* elf: this KVM cannot do it */
	struct bzimage bzimage; /* linux, if not is_elf */
	gpa_t kernel_at; /* linux: where a bzImage's kernel goes */
	/* multiboot, both versions */
	struct multiboot_header multiboot;
	char *module_paths[BOOT_MODULES_MAX];
	struct multiboot_sections sections; /* count 0: none */
	gpa_t sections_at;
	gpa_t info_at; /* a GDT, and the information behind it */
	uint64_t info_size;
};

extern const struct boot_protocol boot_bare, boot_own, boot_linux, boot_multiboot;

/*
 * Add a region of kind RAM_SYSTEM in the device gap, room bytes or more for tables and so on, in steps of 2 MiB so
 * that it shares no large page with memory. Sets boot->system and system_size. 0, or -1 with *e filled.
 */
int boot_add_system(struct boot *boot, struct ram *ram, uint64_t room, struct error *e);

/*
 * Add a region of kind RAM_KEPT, size bytes (0: none), where no memory, device or table is: below the system region,
 * or above all memory. Sets boot->window and window_size. 0, or -1 with *e filled.
 */
int boot_add_window(struct boot *boot, struct ram *ram, uint64_t size, struct error *e);

/* Read the modules' files. 0, or -1 with *e filled. */
int boot_open_modules(struct boot *boot, struct error *e);

/* Copy bytes to guest memory that a plan has claimed. 0, or -1 with *e filled. */
int boot_copy(const struct ram *ram, gpa_t to, const void *bytes, uint64_t size, const char *name, struct error *e);

#endif
