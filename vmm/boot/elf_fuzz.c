/* elf_fuzz.c: any bytes, and any changes to a right image, as an ELF image: parsed, planned and loaded. */
#include "vmm/boot/elf.h"

#include "tests/elf_sample.h"
#include "tests/fuzz_patch.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (16ull << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct ram ram;
static struct layout layout;

static void start(void)
{
	const char *why;

	ram_init(&ram);
	if (ram_add_main(&ram, MEMORY, &why) < 0 ||
	    ram_add(&ram, (gpa_t){0xe0000000}, 4 * PAGE_SIZE, RAM_EXTRA, &why) < 0 || ram_map(&ram) < 0)
		abort();
}

static void load(const struct image *image)
{
	struct elf_image elf;
	struct error e;
	gpa_t gpa;

	layout_init(&layout, &ram);
	if (elf_parse(image, &elf, &e) < 0 || elf_plan(&elf, image, &layout, &e) < 0)
		return;
	if (elf_load(&elf, image, &ram, &e) < 0)
		abort(); /* what was planned can be loaded */
	if (elf_phys_of(&elf, elf.entry, &gpa) && !ram_bytes(&ram, gpa, 1))
		abort(); /* a segment's address is in memory */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct image raw = {.path = "fuzz", .bytes = bytes, .size = size};
	struct sample sample;

	if (!ram.monitor_view)
		start();
	load(&raw);
	sample_fill(&sample);
	fuzz_patch(sample.bytes, sizeof(sample.bytes), bytes, size);
	load(&sample.image);
	sample_fill(&sample);
	sample_narrow(&sample);
	fuzz_patch(sample.bytes, sizeof(sample.bytes), bytes, size);
	load(&sample.image);
	return 0;
}
