/* multiboot_fuzz.c: any bytes, and any changes to right images, as Multiboot kernels: header, sections, information. */
#include "vmm/boot/elf.h"
#include "vmm/boot/multiboot_header.h"
#include "vmm/boot/multiboot_info.h"

#include "tests/fuzz_patch.h"
#include "tests/multiboot_sample.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What was measured is what is written, into memory of just that size. */
static void inform(const struct image *image, const struct multiboot_sections *s)
{
	uint8_t *memory = malloc(s->loaded + 1), *headers = malloc((size_t)s->count * s->entry_size + 1);
	static const uint8_t rsdp[MULTIBOOT_RSDP_SIZE];
	const struct e820_range range = {0, 1 << 20, E820_USABLE};
	const struct multiboot_module module = {0, 1, "module"};
	struct multiboot_facts f = {"line", 1, &module, 1, &range, true, s->count ? s : NULL, headers, rsdp};

	if (s->count)
		multiboot_sections_load(s, image, (gpa_t){0x100000}, memory, headers);
	for (unsigned version = 1; version <= 2; version++) {
		uint64_t (*write)(const struct multiboot_facts *, gpa_t, uint8_t *, uint64_t) =
			version == 1 ? multiboot_info_1 : multiboot_info_2;
		uint64_t room = write(&f, (gpa_t){0x1000}, NULL, 0);
		uint8_t *there = malloc(room);

		if (write(&f, (gpa_t){0x1000}, there, room) != room)
			abort();
		free(there);
	}
	free(memory);
	free(headers);
}

static void look(const struct image *image)
{
	struct multiboot_sections sections = {0};
	struct multiboot_header h;
	static struct elf_image elf;
	struct error e;

	for (unsigned version = 1; version <= 2; version++) {
		if (multiboot_parse(image, version, &h, &e) < 0)
			continue;
		if (!multiboot_is(image, version))
			abort();
		if (h.has_addresses && (h.offset > image->size || h.file_size > image->size - h.offset ||
					h.memory_size < h.file_size || h.load.v + h.memory_size > 2ull << 32))
			abort();
	}
	if (elf_parse(image, &elf, &e) == 0) {
		multiboot_sections_find(image, &sections);
		inform(image, &sections);
	}
}

static void change(struct sample *s, const uint8_t *bytes, size_t size)
{
	fuzz_patch(s->bytes, sizeof(s->bytes), bytes, size);
	look(&s->image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct image raw = {.path = "fuzz", .bytes = bytes, .size = size};
	static struct sample s;

	look(&raw);
	for (unsigned i = 0; i < 4; i++) {
		sample_fill(&s);
		if (i & 1)
			sample_narrow(&s);
		if (i & 2)
			header_2_flat(s.bytes + SAMPLE_CODE_OFFSET);
		else
			header_1_flat(s.bytes + SAMPLE_CODE_OFFSET);
		change(&s, bytes, size);
	}
	return 0;
}
