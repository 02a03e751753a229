/* elf_fuzz.c: any bytes as an ELF image: parsed, planned and loaded into a small memory. */
#include "vmm/boot/elf.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct image image = {.path = "fuzz", .bytes = bytes, .size = size};
	struct elf_image elf;
	struct error e;
	gpa_t gpa;

	if (!ram.monitor_view)
		start();
	layout_init(&layout, &ram);
	if (elf_parse(&image, &elf, &e) < 0 || elf_plan(&elf, &image, &layout, &e) < 0)
		return 0;
	if (elf_load(&elf, &image, &ram, &e) < 0)
		abort(); /* what was planned can be loaded */
	if (elf_phys_of(&elf, elf.entry, &gpa) && !ram_bytes(&ram, gpa, 1))
		abort(); /* a segment's address is in memory */
	return 0;
}
