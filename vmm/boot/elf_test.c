#include "vmm/boot/elf.h"

#include "guest/abi/note.h"
#include "tests/check.h"
#include "tests/elf_sample.h"

#include <stdlib.h>

#define MIB (1ull << 20)
#define EXTRA 0xe0000000ull

static void add_memory(struct ram *ram)
{
	const char *why;

	ram_init(ram);
	CHECK_EQ(ram_add_main(ram, 16 * MIB, &why), 0);
	CHECK_EQ(ram_add(ram, (gpa_t){EXTRA}, 4 * PAGE_SIZE, RAM_EXTRA, &why), 0);
	CHECK_EQ(ram_add(ram, (gpa_t){0xd0000000}, 2 * MIB, RAM_SYSTEM, &why), 0);
}

/* All that boot does with a hostile image before memory is mapped. */
static int parse_and_plan(const struct sample *s, struct error *e)
{
	static struct layout layout;
	struct elf_image elf;
	struct ram ram;

	add_memory(&ram);
	layout_init(&layout, &ram);
	if (elf_parse(&s->image, &elf, e) < 0)
		return -1;
	return elf_plan(&elf, &s->image, &layout, e);
}

static void not_elf(struct sample *s)
{
	s->header->e_ident[0] = 0;
}
static void header_cut(struct sample *s)
{
	s->image.size = 20;
}
static void header_cut_late(struct sample *s)
{
	s->image.size = sizeof(Elf64_Ehdr) - 1;
}
static void class32(struct sample *s)
{
	s->header->e_ident[EI_CLASS] = ELFCLASS32;
}
static void big_endian(struct sample *s)
{
	s->header->e_ident[EI_DATA] = ELFDATA2MSB;
}
static void class_unknown(struct sample *s)
{
	s->header->e_ident[EI_CLASS] = 3;
}
static void machine_arm(struct sample *s)
{
	s->header->e_machine = EM_AARCH64;
}
static void type_dyn(struct sample *s)
{
	s->header->e_type = ET_DYN;
}
static void no_headers(struct sample *s)
{
	s->header->e_phnum = 0;
}
static void many_headers(struct sample *s)
{
	s->header->e_phnum = 60000;
}
static void counted_elsewhere(struct sample *s)
{
	s->header->e_phnum = PN_XNUM;
}
static void header_size_wrong(struct sample *s)
{
	s->header->e_phentsize = 1;
}
static void headers_far(struct sample *s)
{
	s->header->e_phoff = UINT64_MAX - 8;
}
static void headers_at_end(struct sample *s)
{
	s->header->e_phoff = sizeof(s->bytes) - 3 * sizeof(Elf64_Phdr) + 1;
}
static void file_cut(struct sample *s)
{
	s->image.size = SAMPLE_CODE_OFFSET + SAMPLE_CODE_SIZE - 1;
}
static void offset_far(struct sample *s)
{
	s->segments[1].p_offset = UINT64_MAX;
}
static void offset_and_size_wrap(struct sample *s)
{
	s->segments[1].p_offset = UINT64_MAX - 0xf;
	s->segments[1].p_filesz = 0x20;
}
static void file_size_larger(struct sample *s)
{
	s->segments[1].p_memsz = SAMPLE_DATA_SIZE - 1;
}
static void memory_size_wraps(struct sample *s)
{
	s->segments[1].p_memsz = UINT64_MAX;
}
static void address_wraps(struct sample *s)
{
	s->segments[1].p_paddr = -(uint64_t)SAMPLE_DATA_MEMORY + 1;
}
static void virtual_wraps(struct sample *s)
{
	s->segments[1].p_vaddr = -(uint64_t)SAMPLE_DATA_MEMORY + 1;
}
static void gigantic(struct sample *s)
{
	s->segments[1].p_memsz = 1ull << 40;
}
static void over_the_end(struct sample *s)
{
	s->segments[1].p_paddr = 16 * MIB - SAMPLE_DATA_MEMORY + 1;
}
static void in_the_gap(struct sample *s)
{
	s->segments[1].p_paddr = 0xc0000000;
}
static void in_system_memory(struct sample *s)
{
	s->segments[1].p_paddr = 0xd0000000;
}
static void over_extra(struct sample *s)
{
	s->segments[1].p_paddr = EXTRA + 3 * PAGE_SIZE;
}
static void overlap(struct sample *s)
{
	s->segments[1].p_paddr = SAMPLE_CODE + SAMPLE_CODE_SIZE - 1;
}
static void nothing_to_load(struct sample *s)
{
	s->segments[0].p_type = s->segments[1].p_type = PT_NULL;
}
static void all_empty(struct sample *s)
{
	for (unsigned i = 0; i < 2; i++)
		s->segments[i].p_filesz = s->segments[i].p_memsz = 0;
}

static void hostile_images_are_refused_by_name(void)
{
	static const struct {
		const char *name;
		void (*mutate)(struct sample *s);
		const char *text; /* a part of the message */
	} rows[] = {
		{"not ELF", not_elf, "no ELF image"},
		{"header cut short", header_cut, "cut short"},
		{"header cut short at its end", header_cut_late, "cut short"},
		{"32-bit, for x86-64", class32, "machine 62 is not 80386, as a 32-bit image wants (3)"},
		{"of an unknown class", class_unknown, "32-bit or 64-bit little-endian"},
		{"big-endian", big_endian, "little-endian"},
		{"other machine", machine_arm, "machine 183 is not x86-64"},
		{"position-independent", type_dyn, "type 3"},
		{"no program headers", no_headers, "no program headers"},
		{"too many program headers", many_headers, "60000 program headers at offset 0x40"},
		{"program headers counted elsewhere", counted_elsewhere, "unknown form"},
		{"program header size", header_size_wrong, "unknown form"},
		{"program headers far away", headers_far, "beyond the file"},
		{"program headers one byte out", headers_at_end, "beyond the file"},
		{"file cut short", file_cut, "segment 0: goes beyond the end of the file"},
		{"offset far away", offset_far, "segment 1: goes beyond the end of the file"},
		{"offset and size wrap", offset_and_size_wrap, "segment 1: goes beyond the end of the file"},
		{"filesz > memsz", file_size_larger, "segment 1: more bytes in the file than in memory"},
		{"memsz wraps", memory_size_wraps, "segment 1: wraps"},
		{"paddr wraps", address_wraps, "segment 1: wraps"},
		{"vaddr wraps", virtual_wraps, "segment 1: wraps"},
		{"gigantic", gigantic, "segment 1: 0x200000-0x100001fffff is not within guest memory (0x0-0xffffff, "},
		{"one byte over the end of memory", over_the_end, "segment 1: 0xffe001-0x1000000 is not within"},
		{"in the gap", in_the_gap, "segment 1: 0xc0000000-0xc0001fff is not within guest memory"},
		{"in system memory", in_system_memory, "segment 1: 0xd0000000-0xd0001fff is not within guest memory"},
		{"over the end of extra memory", over_extra, "segment 1: 0xe0003000-0xe0004fff is not within"},
		{"overlapping", overlap,
		 "segment 1: 0x1002ff-0x1022fe overlaps sample: segment 0 at 0x100000-0x1002ff"},
		{"nothing to load", nothing_to_load, "no loadable segment"},
		{"empty segments only", all_empty, "no loadable segment"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct sample s;
		struct error e = {0};

		check_row = rows[i].name;
		sample_fill(&s);
		rows[i].mutate(&s);
		CHECK_EQ(parse_and_plan(&s, &e), -1);
		CHECK_EQ(e.status, STATUS_INPUT);
		CHECK(strncmp(e.text, "sample: ", 8) == 0);
		CHECK_AT(strstr(e.text, rows[i].text), "\"%s\" is not in \"%s\"", rows[i].text, e.text);
	}
}

static void every_cut_is_survived(void)
{
	static struct sample s;
	unsigned refused = 0;

	sample_fill(&s);
	for (size_t size = 0; size < sizeof(s.bytes); size++) {
		/* a copy of exactly that size, so that ASan sees a byte too many */
		uint8_t *cut = malloc(size ? size : 1);
		struct error e;

		memcpy(cut, s.bytes, size);
		s.image = (struct image){.path = "cut", .bytes = cut, .size = size};
		if (parse_and_plan(&s, &e) < 0)
			refused++;
		free(cut);
	}
	CHECK_EQ(refused, SAMPLE_DATA_OFFSET + SAMPLE_DATA_SIZE);
}

static void too_many_segments_are_refused(void)
{
	static struct sample s;
	struct error e;

	sample_fill(&s);
	s.header->e_phnum = ELF_SEGMENTS_MAX + 1;
	for (unsigned i = 0; i <= ELF_SEGMENTS_MAX; i++)
		s.segments[i] = (Elf64_Phdr){PT_LOAD, PF_R, 0, i * PAGE_SIZE, i * PAGE_SIZE, 0, PAGE_SIZE, 1};
	CHECK_EQ(parse_and_plan(&s, &e), -1);
	CHECK(strstr(e.text, "segment 64: too many loadable segments"));
	s.header->e_phnum = ELF_SEGMENTS_MAX;
	CHECK_EQ(parse_and_plan(&s, &e), 0);
}

static bool all(const uint8_t *bytes, uint64_t size, uint8_t value)
{
	for (uint64_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static void segments_land_at_their_physical_address(void)
{
	static struct sample s;
	struct elf_image elf;
	struct error e;
	struct ram ram;
	gpa_t gpa = {77};
	const uint8_t *memory;

	sample_fill(&s);
	s.segments[1].p_vaddr = 0xffffffff80000000;
	CHECK_EQ(elf_parse(&s.image, &elf, &e), 0);
	add_memory(&ram);
	CHECK_EQ(ram_map(&ram), 0);
	CHECK_EQ(elf_load(&elf, &s.image, &ram, &e), 0);
	memory = ram_bytes(&ram, (gpa_t){0}, 16 * MIB);
	CHECK(all(memory + SAMPLE_CODE, SAMPLE_CODE_SIZE, 0x90));
	CHECK(all(memory + SAMPLE_DATA, SAMPLE_DATA_SIZE, 0xdd));
	/* nothing else has changed */
	CHECK(all(memory, SAMPLE_CODE, 0));
	CHECK(all(memory + SAMPLE_CODE + SAMPLE_CODE_SIZE, SAMPLE_DATA - SAMPLE_CODE - SAMPLE_CODE_SIZE, 0));
	CHECK(all(memory + SAMPLE_DATA + SAMPLE_DATA_SIZE, 16 * MIB - SAMPLE_DATA - SAMPLE_DATA_SIZE, 0));

	CHECK(elf_phys_of(&elf, 0xffffffff80001fff, &gpa));
	CHECK_EQ(gpa.v, SAMPLE_DATA + 0x1fff);
	CHECK(!elf_phys_of(&elf, 0xffffffff80002000, &gpa));
	CHECK(!elf_phys_of(&elf, 0xffffffff7fffffff, &gpa));
	CHECK_EQ(gpa.v, SAMPLE_DATA + 0x1fff);
	ram_unmap(&ram);
}

static void elf32_is_read_as_elf64_is(void)
{
	static const uint32_t pvh = 0x1000123;
	static struct sample wide, narrow;
	struct elf_image of_wide, of_narrow;
	struct error e;

	sample_fill(&wide);
	sample_add_note(&wide, "Xen", 18, &pvh, sizeof(pvh));
	wide.segments[1].p_vaddr = 0xc0200000;
	sample_fill(&narrow);
	sample_add_note(&narrow, "Xen", 18, &pvh, sizeof(pvh));
	narrow.segments[1].p_vaddr = 0xc0200000;
	sample_narrow(&narrow);
	CHECK_EQ(elf_parse(&wide.image, &of_wide, &e), 0);
	CHECK_EQ(elf_parse(&narrow.image, &of_narrow, &e), 0);
	CHECK(!of_wide.is_32 && of_narrow.is_32);
	CHECK_EQ(of_narrow.entry, of_wide.entry);
	CHECK_EQ(of_narrow.pvh_entry, pvh);
	CHECK_EQ(of_narrow.nsegments, 2);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_EQ(of_narrow.segments[i].vaddr, of_wide.segments[i].vaddr);
		CHECK_EQ(of_narrow.segments[i].paddr.v, of_wide.segments[i].paddr.v);
		CHECK_EQ(of_narrow.segments[i].offset, of_wide.segments[i].offset);
		CHECK_EQ(of_narrow.segments[i].file_size, of_wide.segments[i].file_size);
		CHECK_EQ(of_narrow.segments[i].memory_size, of_wide.segments[i].memory_size);
		CHECK_EQ(of_narrow.segments[i].write, of_wide.segments[i].write);
	}
	narrow.image.size = sizeof(Elf32_Ehdr) + 3 * sizeof(Elf32_Phdr) - 1;
	CHECK_EQ(elf_parse(&narrow.image, &of_narrow, &e), -1);
	CHECK(strstr(e.text, "beyond the file"));
}

static void notes_are_found(void)
{
	static const uint32_t pvh = 0x1000123, abi[] = {GUEST_ABI_VERSION, GUEST_WANTS_IRQCHIP};
	static struct sample s;
	struct elf_image elf;
	struct error e;

	sample_fill(&s);
	sample_add_note(&s, "GNU", 18, "0123456789abcdef", 16);
	CHECK_EQ(elf_parse(&s.image, &elf, &e), 0);
	CHECK(!elf.has_pvh && !elf.has_abi);
	sample_add_note(&s, "Xen", 18, &pvh, sizeof(pvh));
	sample_add_note(&s, GUEST_NOTE_NAME, GUEST_NOTE_TYPE, abi, sizeof(abi));
	CHECK_EQ(elf_parse(&s.image, &elf, &e), 0);
	CHECK(elf.has_pvh && elf.has_abi);
	CHECK_EQ(elf.pvh_entry, pvh);
	CHECK_EQ(elf.abi_version, GUEST_ABI_VERSION);
	CHECK_EQ(elf.abi_flags, GUEST_WANTS_IRQCHIP);
}

static void malformed_notes_end_the_list(void)
{
	static const struct {
		const char *name;
		uint32_t word, value; /* of the note's header */
	} rows[] = {
		{"name size", 0, UINT32_MAX}, {"name size nearly all", 0, UINT32_MAX - 14},
		{"desc size", 1, UINT32_MAX}, {"desc size one too many", 1, 5},
		{"desc too small", 1, 3},     {"name too short", 0, 3},
	};
	static const uint32_t pvh = 0x1000123;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct sample s;
		struct elf_image elf;
		struct error e;

		check_row = rows[i].name;
		sample_fill(&s);
		sample_add_note(&s, "Xen", 18, &pvh, sizeof(pvh));
		memcpy(s.bytes + SAMPLE_NOTE_OFFSET + 4 * rows[i].word, &rows[i].value, 4);
		CHECK_EQ(elf_parse(&s.image, &elf, &e), 0);
		CHECK(!elf.has_pvh);
	}
}

CHECK_MAIN(CHECK_TEST(hostile_images_are_refused_by_name), CHECK_TEST(every_cut_is_survived),
	   CHECK_TEST(too_many_segments_are_refused), CHECK_TEST(segments_land_at_their_physical_address),
	   CHECK_TEST(elf32_is_read_as_elf64_is), CHECK_TEST(notes_are_found), CHECK_TEST(malformed_notes_end_the_list))
