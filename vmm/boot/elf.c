#include "vmm/boot/elf.h"

#include "guest/abi/note.h"

#include <elf.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>

/* Xen, docs/misc/pvh and xen/include/public/elfnote.h: the 32-bit entry point of a PVH guest. */
#define XEN_NOTE_NAME "Xen"
#define XEN_NOTE_PHYS32_ENTRY 18

bool elf_is(const struct image *image)
{
	return image->size >= SELFMAG && memcmp(image->bytes, ELFMAG, SELFMAG) == 0;
}

static int refuse(const struct image *image, struct error *e, const char *why)
{
	return error_set(e, STATUS_INPUT, "%s: ELF header: %s", image->path, why);
}

/* The header, of either class, as a 64-bit one. False: the file ends before it does. */
static bool read_header(const struct image *image, Elf64_Ehdr *header)
{
	bool is_32 = image->bytes[EI_CLASS] == ELFCLASS32;
	Elf32_Ehdr narrow;

	if (image->size < (is_32 ? sizeof(narrow) : sizeof(*header)))
		return false;
	if (!is_32) {
		memcpy(header, image->bytes, sizeof(*header));
		return true;
	}
	memcpy(&narrow, image->bytes, sizeof(narrow));
	memcpy(header, image->bytes, EI_NIDENT);
	header->e_type = narrow.e_type;
	header->e_machine = narrow.e_machine;
	header->e_entry = narrow.e_entry;
	header->e_phoff = narrow.e_phoff;
	header->e_phnum = narrow.e_phnum;
	header->e_phentsize = narrow.e_phentsize;
	return true;
}

static int check_kind(const struct image *image, const Elf64_Ehdr *header, struct error *e)
{
	bool is_32 = header->e_ident[EI_CLASS] == ELFCLASS32;

	if (header->e_machine != (is_32 ? EM_386 : EM_X86_64))
		return error_set(e, STATUS_INPUT, "%s: ELF header: machine %u is not %s (%u)", image->path,
				 header->e_machine, is_32 ? "80386, as a 32-bit image wants" : "x86-64",
				 is_32 ? EM_386 : EM_X86_64);
	if (header->e_type != ET_EXEC)
		return error_set(e, STATUS_INPUT,
				 "%s: ELF header: type %u is not an executable with fixed addresses (%u)", image->path,
				 header->e_type, ET_EXEC);
	return 0;
}

/* Everything libelf will rely on is checked here first, on a copy of the header. */
static int check_header(const struct image *image, Elf64_Ehdr *header, struct error *e)
{
	size_t entry_size;

	if (!elf_is(image))
		return refuse(image, e, "this is no ELF image");
	if (image->size < sizeof(Elf32_Ehdr))
		return refuse(image, e, "the file is cut short");
	if ((image->bytes[EI_CLASS] != ELFCLASS32 && image->bytes[EI_CLASS] != ELFCLASS64) ||
	    image->bytes[EI_DATA] != ELFDATA2LSB || image->bytes[EI_VERSION] != EV_CURRENT)
		return refuse(image, e, "not 32-bit or 64-bit little-endian ELF of version 1");
	if (!read_header(image, header))
		return refuse(image, e, "the file is cut short");
	if (check_kind(image, header, e) < 0)
		return -1;
	entry_size = header->e_ident[EI_CLASS] == ELFCLASS32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
	if (header->e_phnum == 0)
		return refuse(image, e, "no program headers, nothing to load");
	if (header->e_phnum == PN_XNUM || header->e_phentsize != entry_size)
		return refuse(image, e, "program headers of an unknown form");
	if (header->e_phoff > image->size || header->e_phnum > (image->size - header->e_phoff) / entry_size)
		return error_set(e, STATUS_INPUT,
				 "%s: ELF header: %u program headers at offset 0x%" PRIx64
				 " go beyond the file's %zu bytes",
				 image->path, header->e_phnum, header->e_phoff, image->size);
	return 0;
}

static int refuse_segment(const struct image *image, unsigned index, struct error *e, const char *why,
			  const GElf_Phdr *header)
{
	return error_set(e, STATUS_INPUT,
			 "%s: segment %u: %s (offset 0x%" PRIx64 ", file size 0x%" PRIx64 ", memory size 0x%" PRIx64
			 ", physical address 0x%" PRIx64 ")",
			 image->path, index, why, header->p_offset, header->p_filesz, header->p_memsz, header->p_paddr);
}

static bool in_file(const struct image *image, const GElf_Phdr *header)
{
	return header->p_offset <= image->size && header->p_filesz <= image->size - header->p_offset;
}

static int parse_segment(const struct image *image, unsigned index, const GElf_Phdr *header, struct elf_image *out,
			 struct error *e)
{
	if (!in_file(image, header))
		return refuse_segment(image, index, e, "goes beyond the end of the file", header);
	if (header->p_filesz > header->p_memsz)
		return refuse_segment(image, index, e, "more bytes in the file than in memory", header);
	if (header->p_memsz == 0)
		return 0;
	if (header->p_memsz - 1 > UINT64_MAX - header->p_paddr || header->p_memsz - 1 > UINT64_MAX - header->p_vaddr)
		return refuse_segment(image, index, e, "wraps around the address space", header);
	if (out->nsegments == ELF_SEGMENTS_MAX)
		return refuse_segment(image, index, e, "too many loadable segments", header);
	out->segments[out->nsegments++] = (struct elf_segment){
		.index = index,
		.vaddr = header->p_vaddr,
		.paddr = {header->p_paddr},
		.offset = header->p_offset,
		.file_size = header->p_filesz,
		.memory_size = header->p_memsz,
		.read = header->p_flags & PF_R,
		.write = header->p_flags & PF_W,
		.execute = header->p_flags & PF_X,
	};
	return 0;
}

static uint32_t read_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static void take_note(uint32_t type, const char *name, uint32_t name_size, const uint8_t *desc, uint32_t desc_size,
		      struct elf_image *out)
{
	if (type == XEN_NOTE_PHYS32_ENTRY && name_size == sizeof(XEN_NOTE_NAME) &&
	    memcmp(name, XEN_NOTE_NAME, name_size) == 0 && desc_size >= 4) {
		out->has_pvh = true;
		out->pvh_entry = read_u32(desc);
	}
	if (type == GUEST_NOTE_TYPE && name_size == sizeof(GUEST_NOTE_NAME) &&
	    memcmp(name, GUEST_NOTE_NAME, name_size) == 0 && desc_size >= GUEST_NOTE_DESC_SIZE) {
		out->has_abi = true;
		out->abi_version = read_u32(desc);
		out->abi_flags = read_u32(desc + 4);
	}
}

/* Notes are hints: a malformed one ends the list, and is then not seen by any protocol. */
static void parse_notes(const uint8_t *bytes, uint64_t size, uint64_t align, struct elf_image *out)
{
	uint64_t pad = align == 8 ? 7 : 3;

	while (size >= sizeof(Elf64_Nhdr)) {
		uint32_t name_size = read_u32(bytes), desc_size = read_u32(bytes + 4);
		uint64_t desc = (sizeof(Elf64_Nhdr) + (uint64_t)name_size + pad) & ~pad;
		uint64_t next = (desc + desc_size + pad) & ~pad;

		if (desc > size || desc_size > size - desc)
			return;
		take_note(read_u32(bytes + 8), (const char *)bytes + sizeof(Elf64_Nhdr), name_size, bytes + desc,
			  desc_size, out);
		if (next >= size)
			return;
		bytes += next;
		size -= next;
	}
}

static int parse_segments(Elf *handle, unsigned count, const struct image *image, struct elf_image *out,
			  struct error *e)
{
	for (unsigned i = 0; i < count; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(handle, (int)i, &header))
			return error_set(e, STATUS_INPUT, "%s: program header %u: %s", image->path, i, elf_errmsg(-1));
		if (header.p_type == PT_LOAD && parse_segment(image, i, &header, out, e) < 0)
			return -1;
		if (header.p_type == PT_NOTE && in_file(image, &header))
			parse_notes(image->bytes + header.p_offset, header.p_filesz, header.p_align, out);
	}
	if (out->nsegments == 0)
		return error_set(e, STATUS_INPUT, "%s: no loadable segment", image->path);
	return 0;
}

int elf_parse(const struct image *image, struct elf_image *out, struct error *e)
{
	struct elf_image elf = {0};
	Elf64_Ehdr header;
	Elf *handle;
	int status;

	if (check_header(image, &header, e) < 0)
		return -1;
	elf_version(EV_CURRENT);
	/* libelf takes a char *, and does not write: the image is already a copy of our own */
	handle = elf_memory((char *)(uintptr_t)image->bytes, image->size);
	if (!handle)
		return error_set(e, STATUS_INPUT, "%s: %s", image->path, elf_errmsg(-1));
	elf.entry = header.e_entry;
	elf.is_32 = header.e_ident[EI_CLASS] == ELFCLASS32;
	status = parse_segments(handle, header.e_phnum, image, &elf, e);
	elf_end(handle);
	if (status == 0)
		*out = elf;
	return status;
}

int elf_plan(const struct elf_image *elf, const struct image *image, struct layout *layout, struct error *e)
{
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		char part[32];

		snprintf(part, sizeof(part), "segment %u", s->index);
		if (layout_add(layout, s->paddr, s->memory_size, image->path, part, e) < 0)
			return -1;
	}
	return 0;
}

int elf_load(const struct elf_image *elf, const struct image *image, const struct ram *ram, struct error *e)
{
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint8_t *to = ram_bytes(ram, s->paddr, s->memory_size);

		if (!to)
			return error_set(e, STATUS_HOST, "%s: segment %u: its memory at 0x%" PRIx64 " is not mapped",
					 image->path, s->index, s->paddr.v);
		/* what is not copied is zero already: memory is new */
		memcpy(to, image->bytes + s->offset, s->file_size);
	}
	return 0;
}

bool elf_phys_of(const struct elf_image *elf, uint64_t vaddr, gpa_t *gpa)
{
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (vaddr >= s->vaddr && vaddr - s->vaddr < s->memory_size) {
			gpa->v = s->paddr.v + (vaddr - s->vaddr);
			return true;
		}
	}
	return false;
}
