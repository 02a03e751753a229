/*
 * elf.h: an x86 executable's program headers, checked, and its bytes put into guest memory.
 *
 * It accepts ELF64 for x86-64 and ELF32 for the 80386, little-endian, ET_EXEC, and
 * places segments by p_paddr. It relocates nothing and links nothing. Source: System V ABI, "Object
 * Files" and its AMD64 supplement.
 */
#ifndef VMM_BOOT_ELF_H
#define VMM_BOOT_ELF_H

#include "vmm/boot/image.h"
#include "vmm/boot/layout.h"

#define ELF_SEGMENTS_MAX 64

struct elf_segment {
	unsigned index; /* of the program header, for messages */
	uint64_t vaddr;
	gpa_t paddr;
	uint64_t offset, file_size; /* in the image; within it */
	uint64_t memory_size; /* bytes, not zero, at least file_size; the rest is zeroed */
	bool read, write, execute;
};

struct elf_image {
	bool is_32; /* ELF32; then every address is below 4 GiB but the ends of segments */
	uint64_t entry; /* a virtual address */
	unsigned nsegments; /* loadable ones that occupy memory, at least one */
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	bool has_pvh; /* Xen's XEN_ELFNOTE_PHYS32_ENTRY */
	uint64_t pvh_entry; /* physical */
	bool has_abi; /* our own guests' note, guest/abi/note.h */
	uint32_t abi_version, abi_flags;
};

/* Whether the image begins with ELF's four magic bytes. */
bool elf_is(const struct image *image);

/* Read and check all headers and notes. 0, or -1 with *e naming the file, the header and the cause. */
int elf_parse(const struct image *image, struct elf_image *out, struct error *e);

/* Claim the memory of every segment. 0, or -1 with *e filled. */
int elf_plan(const struct elf_image *elf, const struct image *image, struct layout *layout, struct error *e);

/* Copy and zero-fill every segment; after elf_plan() and ram_map(). 0, or -1 with *e filled. */
int elf_load(const struct elf_image *elf, const struct image *image, const struct ram *ram, struct error *e);

/* The physical address of a virtual one; false if no segment holds it. */
bool elf_phys_of(const struct elf_image *elf, uint64_t vaddr, gpa_t *gpa);

#endif
