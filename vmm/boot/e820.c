#include "vmm/boot/e820.h"

#define LOW_END 0x9fc00ull
#define VGA_START 0xa0000ull
#define BIOS_START 0xe0000ull
#define BIOS_END 0x100000ull

static unsigned add(struct e820_range *ranges, unsigned n, uint64_t start, uint64_t end, uint32_t type)
{
	if (start < end)
		ranges[n++] = (struct e820_range){start, end - start, type};
	return n;
}

unsigned e820_of(const struct ram *ram, struct e820_range ranges[E820_RANGES_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < ram->nregions; i++) {
		const struct ram_region *r = &ram->regions[i];
		uint64_t start = r->start.v, end = start + r->size;

		if (r->kind != RAM_MAIN) {
			n = add(ranges, n, start, end, E820_RESERVED);
		} else if (start == 0 && end > BIOS_END) {
			n = add(ranges, n, 0, LOW_END, E820_USABLE);
			n = add(ranges, n, LOW_END, VGA_START, E820_RESERVED);
			n = add(ranges, n, BIOS_START, BIOS_END, E820_RESERVED);
			n = add(ranges, n, BIOS_END, end, E820_USABLE);
		} else {
			n = add(ranges, n, start, end, E820_USABLE);
		}
	}
	return n;
}
