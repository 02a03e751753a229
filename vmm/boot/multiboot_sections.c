#include "vmm/boot/multiboot_sections.h"

#include <elf.h>
#include <string.h>

#define ALIGN 16u
#define LOADED_MAX (64ull << 20) /* of tables that the headers may name again and again */

static uint64_t padded(uint64_t size)
{
	return (size + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
}

/* One header of either class as one of ELF64. */
static Elf64_Shdr header_of(const struct multiboot_sections *s, const struct image *image, uint32_t index)
{
	const uint8_t *at = image->bytes + s->offset + (uint64_t)index * s->entry_size;
	Elf64_Shdr wide = {0};
	Elf32_Shdr narrow;

	if (!s->is_32) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	wide.sh_type = narrow.sh_type;
	wide.sh_flags = narrow.sh_flags;
	wide.sh_offset = narrow.sh_offset;
	wide.sh_size = narrow.sh_size;
	return wide;
}

/* A table that no segment holds. */
static bool is_table(const Elf64_Shdr *header)
{
	return (header->sh_type == SHT_SYMTAB || header->sh_type == SHT_STRTAB) && !(header->sh_flags & SHF_ALLOC);
}

static void read_place(const struct image *image, struct multiboot_sections *s, uint64_t *wanted_size)
{
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;

	s->is_32 = image->bytes[EI_CLASS] == ELFCLASS32;
	if (s->is_32) {
		memcpy(&narrow, image->bytes, sizeof(narrow));
		s->offset = narrow.e_shoff;
		s->count = narrow.e_shnum;
		s->entry_size = narrow.e_shentsize;
		s->names = narrow.e_shstrndx;
		*wanted_size = sizeof(Elf32_Shdr);
	} else {
		memcpy(&wide, image->bytes, sizeof(wide));
		s->offset = wide.e_shoff;
		s->count = wide.e_shnum;
		s->entry_size = wide.e_shentsize;
		s->names = wide.e_shstrndx;
		*wanted_size = sizeof(Elf64_Shdr);
	}
}

bool multiboot_sections_find(const struct image *image, struct multiboot_sections *out)
{
	struct multiboot_sections s = {0};
	uint64_t entry_size;

	read_place(image, &s, &entry_size);
	if (s.count == 0 || s.offset == 0 || s.entry_size != entry_size || s.names >= s.count ||
	    s.offset > image->size || s.count > (image->size - s.offset) / entry_size)
		return false;
	for (uint32_t i = 0; i < s.count; i++) {
		const Elf64_Shdr header = header_of(&s, image, i);

		if (!is_table(&header))
			continue;
		if (header.sh_offset > image->size || header.sh_size > image->size - header.sh_offset)
			return false;
		s.loaded += padded(header.sh_size);
	}
	if (s.loaded > LOADED_MAX)
		return false;
	*out = s;
	return true;
}

/* sh_addr of the header at to. */
static void set_address(const struct multiboot_sections *s, uint8_t *to, uint64_t address)
{
	uint32_t narrow = (uint32_t)address;

	if (s->is_32)
		memcpy(to + offsetof(Elf32_Shdr, sh_addr), &narrow, sizeof(narrow));
	else
		memcpy(to + offsetof(Elf64_Shdr, sh_addr), &address, sizeof(address));
}

void multiboot_sections_load(const struct multiboot_sections *s, const struct image *image, gpa_t at, uint8_t *memory,
			     uint8_t *headers)
{
	uint64_t used = 0;

	memcpy(headers, image->bytes + s->offset, (uint64_t)s->count * s->entry_size);
	for (uint32_t i = 0; i < s->count; i++) {
		const Elf64_Shdr header = header_of(s, image, i);

		if (!is_table(&header))
			continue;
		memcpy(memory + used, image->bytes + header.sh_offset, header.sh_size);
		set_address(s, headers + (uint64_t)i * s->entry_size, at.v + used);
		used += padded(header.sh_size);
	}
}
