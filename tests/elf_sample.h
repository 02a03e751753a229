/*
 * elf_sample.h: a small, right ELF image for tests to break.
 *
 * Two segments to load (code at 1 MiB, data with a zeroed part at 2 MiB) and one of
 * notes, empty at first; a symbol table with its strings.
 */
#ifndef TESTS_ELF_SAMPLE_H
#define TESTS_ELF_SAMPLE_H

#include "vmm/boot/image.h"

#include <elf.h>
#include <string.h>

#define SAMPLE_CODE 0x100000ull
#define SAMPLE_CODE_OFFSET 0x1000u
#define SAMPLE_CODE_SIZE 0x300u
#define SAMPLE_DATA 0x200000ull
#define SAMPLE_DATA_OFFSET 0x1300u
#define SAMPLE_DATA_SIZE 0x40u
#define SAMPLE_DATA_MEMORY 0x2000u
#define SAMPLE_NOTE_OFFSET 0x1800u
#define SAMPLE_SYMBOLS_OFFSET 0x1a00u
#define SAMPLE_STRINGS_OFFSET 0x1b00u
#define SAMPLE_SECTIONS_OFFSET 0x1c00u

struct sample {
	struct image image;
	Elf64_Ehdr *header;
	Elf64_Phdr *segments; /* 0 code, 1 data, 2 notes */
	Elf64_Shdr *sections; /* 0 none, 1 symbols, 2 strings */
	Elf64_Sym *symbols; /* 0 none, 1 start, 2 table, 3 local duplicate of start, 4 constant */
	_Alignas(8) uint8_t bytes[0x2000];
};

static inline void sample_fill(struct sample *s)
{
	static const char strings[] = "\0start\0table\0limit";

	memset(s, 0, sizeof(*s));
	s->image = (struct image){.path = "sample", .bytes = s->bytes, .size = sizeof(s->bytes)};
	s->header = (Elf64_Ehdr *)(void *)s->bytes;
	s->segments = (Elf64_Phdr *)(void *)(s->bytes + sizeof(Elf64_Ehdr));
	s->symbols = (Elf64_Sym *)(void *)(s->bytes + SAMPLE_SYMBOLS_OFFSET);
	s->sections = (Elf64_Shdr *)(void *)(s->bytes + SAMPLE_SECTIONS_OFFSET);
	*s->header = (Elf64_Ehdr){.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
				  .e_type = ET_EXEC,
				  .e_machine = EM_X86_64,
				  .e_version = EV_CURRENT,
				  .e_entry = SAMPLE_CODE + 0x10,
				  .e_phoff = sizeof(Elf64_Ehdr),
				  .e_shoff = SAMPLE_SECTIONS_OFFSET,
				  .e_ehsize = sizeof(Elf64_Ehdr),
				  .e_phentsize = sizeof(Elf64_Phdr),
				  .e_phnum = 3,
				  .e_shentsize = sizeof(Elf64_Shdr),
				  .e_shnum = 3};
	s->segments[0] = (Elf64_Phdr){PT_LOAD,     PF_R | PF_X,      SAMPLE_CODE_OFFSET, SAMPLE_CODE,
				      SAMPLE_CODE, SAMPLE_CODE_SIZE, SAMPLE_CODE_SIZE,   0x1000};
	s->segments[1] = (Elf64_Phdr){PT_LOAD,     PF_R | PF_W,      SAMPLE_DATA_OFFSET, SAMPLE_DATA,
				      SAMPLE_DATA, SAMPLE_DATA_SIZE, SAMPLE_DATA_MEMORY, 0x1000};
	s->segments[2] = (Elf64_Phdr){PT_NOTE, PF_R, SAMPLE_NOTE_OFFSET, 0, 0, 0, 0, 4};
	memset(s->bytes + SAMPLE_CODE_OFFSET, 0x90, SAMPLE_CODE_SIZE);
	memset(s->bytes + SAMPLE_DATA_OFFSET, 0xdd, SAMPLE_DATA_SIZE);
	s->symbols[1] = (Elf64_Sym){1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, SAMPLE_CODE + 0x10, 0x20};
	s->symbols[2] = (Elf64_Sym){7, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, SAMPLE_DATA, 0x100};
	s->symbols[3] = (Elf64_Sym){1, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), 0, 1, SAMPLE_CODE, 0x8};
	s->symbols[4] = (Elf64_Sym){13, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, SHN_ABS, SAMPLE_CODE + 0x100, 0};
	memcpy(s->bytes + SAMPLE_STRINGS_OFFSET, strings, sizeof(strings));
	s->sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
				      .sh_offset = SAMPLE_SYMBOLS_OFFSET,
				      .sh_size = 5 * sizeof(Elf64_Sym),
				      .sh_link = 2,
				      .sh_entsize = sizeof(Elf64_Sym)};
	s->sections[2] =
		(Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = SAMPLE_STRINGS_OFFSET, .sh_size = sizeof(strings)};
}

/* Append a note; its name gets its zero byte. */
static inline void sample_add_note(struct sample *s, const char *name, uint32_t type, const void *desc, uint32_t size)
{
	Elf64_Phdr *notes = &s->segments[2];
	uint8_t *at = s->bytes + SAMPLE_NOTE_OFFSET + notes->p_filesz;
	Elf64_Nhdr header = {(uint32_t)strlen(name) + 1, size, type};
	uint32_t name_room = (header.n_namesz + 3) & ~3u,
		 room = (uint32_t)sizeof(header) + name_room + ((size + 3) & ~3u);

	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), name, header.n_namesz);
	memcpy(at + sizeof(header) + name_room, desc, size);
	notes->p_filesz += room;
	notes->p_memsz += room;
}

/* Make an ELF32 of it, for the 80386: the same places in the file, entries of the other form. */
static inline void sample_narrow(struct sample *s)
{
	const Elf64_Ehdr wide = *s->header;
	Elf32_Ehdr header = {.e_type = wide.e_type,
			     .e_machine = EM_386,
			     .e_version = EV_CURRENT,
			     .e_entry = (uint32_t)wide.e_entry,
			     .e_phoff = sizeof(header),
			     .e_shoff = (uint32_t)wide.e_shoff,
			     .e_ehsize = sizeof(header),
			     .e_phentsize = sizeof(Elf32_Phdr),
			     .e_phnum = wide.e_phnum,
			     .e_shentsize = sizeof(Elf32_Shdr),
			     .e_shnum = wide.e_shnum};

	memcpy(header.e_ident, wide.e_ident, EI_NIDENT);
	header.e_ident[EI_CLASS] = ELFCLASS32;
	memcpy(s->bytes, &header, sizeof(header));
	/* each narrow entry ends before the wide one of its number: from the first on nothing is lost */
	for (unsigned i = 0; i < wide.e_phnum; i++) {
		const Elf64_Phdr p = s->segments[i];
		const Elf32_Phdr narrow = {p.p_type,
					   (uint32_t)p.p_offset,
					   (uint32_t)p.p_vaddr,
					   (uint32_t)p.p_paddr,
					   (uint32_t)p.p_filesz,
					   (uint32_t)p.p_memsz,
					   p.p_flags,
					   (uint32_t)p.p_align};

		memcpy(s->bytes + sizeof(header) + i * sizeof(narrow), &narrow, sizeof(narrow));
	}
	for (unsigned i = 0; i < wide.e_shnum; i++) {
		const Elf64_Shdr h = s->sections[i];
		const Elf32_Shdr narrow = {.sh_type = h.sh_type,
					   .sh_offset = (uint32_t)h.sh_offset,
					   .sh_size = h.sh_type == SHT_SYMTAB ? 5 * sizeof(Elf32_Sym)
									      : (uint32_t)h.sh_size,
					   .sh_link = h.sh_link,
					   .sh_entsize = h.sh_type == SHT_SYMTAB ? sizeof(Elf32_Sym) : 0};

		memcpy(s->bytes + SAMPLE_SECTIONS_OFFSET + i * sizeof(narrow), &narrow, sizeof(narrow));
	}
	for (unsigned i = 0; i < 5; i++) {
		const Elf64_Sym y = s->symbols[i];
		const Elf32_Sym narrow = {y.st_name, (uint32_t)y.st_value, (uint32_t)y.st_size,
					  y.st_info, y.st_other,           y.st_shndx};

		memcpy(s->bytes + SAMPLE_SYMBOLS_OFFSET + i * sizeof(narrow), &narrow, sizeof(narrow));
	}
}

#endif
