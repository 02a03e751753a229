#include "vmm/machine/ram.h"

#include "tests/check.h"

#include <errno.h>
#include <string.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static void main_memory_goes_on_above_the_gap(void)
{
	static const struct {
		const char *name;
		uint64_t size;
		int status;
		unsigned nregions;
		uint64_t second_size;
	} rows[] = {
		{"16 MiB", 16 * MIB, 0, 1, 0},
		{"exactly to the gap", RAM_GAP_START, 0, 1, 0},
		{"one page more than to the gap", RAM_GAP_START + PAGE_SIZE, 0, 2, PAGE_SIZE},
		{"64 GiB", 64 * GIB, 0, 2, 64 * GIB - RAM_GAP_START},
		{"nothing", 0, -EINVAL, 0, 0},
		{"half a page", 16 * MIB + 2048, -EINVAL, 0, 0},
		{"wraps", -PAGE_SIZE, -EINVAL, 0, 0},
		{"more than can be mapped", 1ull << 50, -EINVAL, 0, 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ram ram;
		const char *why = NULL;

		check_row = rows[i].name;
		ram_init(&ram);
		CHECK_EQ(ram_add_main(&ram, rows[i].size, &why), rows[i].status);
		CHECK_EQ(ram.nregions, rows[i].nregions);
		CHECK((why != NULL) == (rows[i].status != 0));
		CHECK_EQ(ram_main_size(&ram), rows[i].status ? 0 : rows[i].size);
		if (rows[i].second_size) {
			CHECK_EQ(ram.regions[1].start.v, RAM_GAP_END);
			CHECK_EQ(ram.regions[1].size, rows[i].second_size);
		}
	}
}

static void regions_are_checked(void)
{
	static const struct {
		const char *name;
		uint64_t start, size;
		int status;
	} rows[] = {
		{"in the gap", 0xe0000000, PAGE_SIZE, 0},
		{"just behind main memory", 16 * MIB, PAGE_SIZE, 0},
		{"at the end of the address space", (1ull << 52) - PAGE_SIZE, PAGE_SIZE, 0},
		{"beyond the address space", 1ull << 52, PAGE_SIZE, -EINVAL},
		{"out of the address space", (1ull << 52) - PAGE_SIZE, 2 * PAGE_SIZE, -EINVAL},
		{"wraps", -PAGE_SIZE, 2 * PAGE_SIZE, -EINVAL},
		{"start unaligned", 0xe0000001, PAGE_SIZE, -EINVAL},
		{"size unaligned", 0xe0000000, 1, -EINVAL},
		{"empty", 0xe0000000, 0, -EINVAL},
		{"overlaps the end of main memory", 16 * MIB - PAGE_SIZE, 2 * PAGE_SIZE, -EEXIST},
		{"inside main memory", MIB, PAGE_SIZE, -EEXIST},
		{"around main memory", 0, 32 * MIB, -EEXIST},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ram ram, before;
		const char *why = NULL;

		check_row = rows[i].name;
		ram_init(&ram);
		CHECK_EQ(ram_add_main(&ram, 16 * MIB, &why), 0);
		before = ram;
		CHECK_EQ(ram_add(&ram, (gpa_t){rows[i].start}, rows[i].size, RAM_EXTRA, &why), rows[i].status);
		CHECK((why != NULL) == (rows[i].status != 0));
		if (rows[i].status)
			CHECK(memcmp(&ram, &before, sizeof(ram)) == 0);
		else
			CHECK_EQ(ram.nregions, 2);
	}
}

static void too_many_regions_are_refused(void)
{
	struct ram ram;
	const char *why = NULL;

	ram_init(&ram);
	for (unsigned i = 0; i < RAM_REGIONS_MAX; i++)
		CHECK_EQ(ram_add(&ram, (gpa_t){(RAM_REGIONS_MAX - i) * MIB}, PAGE_SIZE, RAM_EXTRA, &why), 0);
	for (unsigned i = 1; i < RAM_REGIONS_MAX; i++)
		CHECK(ram.regions[i - 1].start.v < ram.regions[i].start.v);
	CHECK_EQ(ram_add(&ram, (gpa_t){GIB}, PAGE_SIZE, RAM_EXTRA, &why), -ENOSPC);
	CHECK_EQ(ram.nregions, RAM_REGIONS_MAX);
}

static void lookups_find_the_region(void)
{
	static const struct {
		const char *name;
		uint64_t gpa, size;
		bool found;
	} rows[] = {
		{"first byte", 0, 1, true},
		{"all of main memory", 0, 16 * MIB, true},
		{"one byte too many", 0, 16 * MIB + 1, false},
		{"last byte", 16 * MIB - 1, 1, true},
		{"over the end", 16 * MIB - 1, 2, false},
		{"behind the end", 16 * MIB, 1, false},
		{"before extra memory", 0xe0000000 - 1, 1, false},
		{"extra memory", 0xe0000000, 2 * PAGE_SIZE, true},
		{"extra memory's last byte", 0xe0001fff, 1, true},
		{"between", 0xd0000000, 8, false},
		{"size wraps", 8, -8ull, false},
		{"address wraps", -8ull, 16, false},
	};
	struct ram ram;
	const char *why;

	ram_init(&ram);
	CHECK_EQ(ram_add(&ram, (gpa_t){0xe0000000}, 2 * PAGE_SIZE, RAM_EXTRA, &why), 0);
	CHECK_EQ(ram_add_main(&ram, 16 * MIB, &why), 0);
	CHECK(ram_bytes(&ram, (gpa_t){0}, 1) == NULL);
	CHECK_EQ(ram_map(&ram), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *guest = ram_guest_bytes(&ram, (gpa_t){rows[i].gpa}, rows[i].size);
		uint8_t *monitor = ram_bytes(&ram, (gpa_t){rows[i].gpa}, rows[i].size);

		check_row = rows[i].name;
		CHECK((guest != NULL) == rows[i].found);
		CHECK((monitor != NULL) == rows[i].found);
		if (!guest || !monitor)
			continue;
		CHECK(guest != monitor);
		*monitor = (uint8_t)(i + 1);
		CHECK_EQ(*guest, i + 1);
	}
	CHECK_EQ(ram_add(&ram, (gpa_t){GIB}, PAGE_SIZE, RAM_EXTRA, &why), -EINVAL);
	CHECK_EQ(ram_map(&ram), -EINVAL);
	ram_unmap(&ram);
	CHECK(ram_bytes(&ram, (gpa_t){0}, 1) == NULL);
}

static void many_gib_cost_nothing_until_touched(void)
{
	struct ram ram;
	const char *why;
	uint8_t *last;

	ram_init(&ram);
	CHECK_EQ(ram_add_main(&ram, 256 * GIB, &why), 0);
	CHECK_EQ(ram_map(&ram), 0);
	last = ram_bytes(&ram, (gpa_t){257 * GIB - 1}, 1); /* the gap moves the end up by 1 GiB */
	CHECK(last != NULL);
	if (last)
		*last = 7;
	CHECK(ram_bytes(&ram, (gpa_t){257 * GIB}, 1) == NULL);
	ram_unmap(&ram);
}

static void large_pages_stay_possible(void)
{
	struct ram ram;
	const char *why;

	ram_init(&ram);
	CHECK_EQ(ram_add(&ram, (gpa_t){0xe0003000}, 5 * PAGE_SIZE, RAM_EXTRA, &why), 0);
	CHECK_EQ(ram_add_main(&ram, RAM_GAP_START + GIB, &why), 0);
	CHECK_EQ(ram_map(&ram), 0);
	for (unsigned i = 0; i < ram.nregions; i++) {
		const struct ram_region *r = &ram.regions[i];

		CHECK_EQ((uintptr_t)ram_guest_bytes(&ram, r->start, 1) % (2 * MIB), r->start.v % (2 * MIB));
	}
	ram_unmap(&ram);
}

CHECK_MAIN(CHECK_TEST(main_memory_goes_on_above_the_gap), CHECK_TEST(regions_are_checked),
	   CHECK_TEST(too_many_regions_are_refused), CHECK_TEST(lookups_find_the_region),
	   CHECK_TEST(many_gib_cost_nothing_until_touched), CHECK_TEST(large_pages_stay_possible))
