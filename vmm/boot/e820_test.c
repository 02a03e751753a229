#include "vmm/boot/e820.h"

#include "tests/check.h"

#define MIB (1ull << 20)

static void the_map_is_sorted_and_complete(void)
{
	static const struct e820_range expected[] = {
		{0, 0x9fc00, E820_USABLE},
		{0x9fc00, 0x400, E820_RESERVED},
		{0xe0000, 0x20000, E820_RESERVED},
		{0x100000, RAM_GAP_START - 0x100000, E820_USABLE},
		{0xe0000000, PAGE_SIZE, E820_RESERVED},
		{RAM_GAP_END, 16 * MIB, E820_USABLE},
	};
	struct e820_range ranges[E820_RANGES_MAX];
	const char *why;
	struct ram ram;
	unsigned n;

	ram_init(&ram);
	CHECK_EQ(ram_add_main(&ram, RAM_GAP_START + 16 * MIB, &why), 0);
	CHECK_EQ(ram_add(&ram, (gpa_t){0xe0000000}, PAGE_SIZE, RAM_EXTRA, &why), 0);
	n = e820_of(&ram, ranges);
	CHECK_EQ(n, sizeof(expected) / sizeof(expected[0]));
	for (unsigned i = 0; i < n && i < sizeof(expected) / sizeof(expected[0]); i++) {
		CHECK_EQ(ranges[i].start, expected[i].start);
		CHECK_EQ(ranges[i].size, expected[i].size);
		CHECK_EQ(ranges[i].type, expected[i].type);
	}
}

static void as_many_regions_as_there_can_be_fit(void)
{
	struct e820_range ranges[E820_RANGES_MAX];
	const char *why;
	struct ram ram;

	ram_init(&ram);
	CHECK_EQ(ram_add_main(&ram, RAM_GAP_START + MIB, &why), 0);
	for (unsigned i = 2; i < RAM_REGIONS_MAX; i++)
		CHECK_EQ(ram_add(&ram, (gpa_t){0xd0000000 + i * MIB}, PAGE_SIZE, RAM_EXTRA, &why), 0);
	CHECK_EQ(e820_of(&ram, ranges), RAM_REGIONS_MAX + 3);
	CHECK(RAM_REGIONS_MAX + 3 <= E820_RANGES_MAX);
}

CHECK_MAIN(CHECK_TEST(the_map_is_sorted_and_complete), CHECK_TEST(as_many_regions_as_there_can_be_fit))
