/* symbols_fuzz.c: any bytes as an ELF symbol table, and as a System.map. */
#include "vmm/boot/symbols.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct image image = {.path = "fuzz", .bytes = bytes, .size = size};
	static const uint64_t addresses[] = {0, 0x1000, 1ull << 32, UINT64_MAX};
	struct symbols *s = symbols_new();
	struct program_start start;
	struct error e;

	if (!s)
		return 0;
	if (symbols_program(&image, &start) && (start.size == 0 || start.size > PROGRAM_START_MAX))
		abort();
	if (size >= 4 && memcmp(bytes, "\177ELF", 4) == 0)
		(void)symbols_add_elf(s, &image, &e);
	else if (symbols_add_map(s, &image, &e) < 0)
		goto out;
	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct symbol *near = symbols_near(s, addresses[i]), *found;

		if (!near)
			continue;
		found = symbols_find(s, near->name);
		if (near->address > addresses[i] || !found || strcmp(found->name, near->name) != 0)
			abort();
	}
out:
	symbols_free(s);
	return 0;
}
