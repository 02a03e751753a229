#include "vmm/boot/layout.h"

#include "tests/check.h"

#define MIB (1ull << 20)

static void memory(struct ram *ram, struct layout *layout)
{
	const char *why;

	ram_init(ram);
	CHECK_EQ(ram_add_main(ram, RAM_GAP_START + 16 * MIB, &why), 0);
	CHECK_EQ(ram_add(ram, (gpa_t){0xe0000000}, PAGE_SIZE, RAM_EXTRA, &why), 0);
	CHECK_EQ(ram_add(ram, (gpa_t){0xe0001000}, PAGE_SIZE, RAM_KEPT, &why), 0);
	layout_init(layout, ram);
}

static void pieces_are_checked(void)
{
	static const struct {
		const char *name;
		uint64_t start, size;
		const char *text; /* of the message; NULL: accepted */
	} rows[] = {
		{"nothing", 0xffffffffffffffff, 0, NULL},
		{"free", 0x200000, 0x1000, NULL},
		{"extra", 0xe0000000, 0x1000, NULL},
		{"touching from below", 0x100000 - 1, 1, NULL},
		{"touching from above", 0x101000, 1, NULL},
		{"wraps", 0x1000, UINT64_MAX, "wrap around"},
		{"into kept memory", 0xe0000800, 0x1000, "not within guest memory"},
		{"kept memory", 0xe0001000, 1,
		 "not within guest memory (0x0-0xbfffffff, 0xe0000000-0xe0000fff, 0x100000000"},
		{"overlaps", 0x100fff, 1, "file: part: 0x100fff-0x100fff overlaps first: it at 0x100000-0x100fff"},
	};
	static struct layout layout;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error e = {0};
		struct ram ram;
		int expected = rows[i].text ? -1 : 0;

		check_row = rows[i].name;
		memory(&ram, &layout);
		CHECK_EQ(layout_add(&layout, (gpa_t){0x100000}, 0x1000, "first", "it", &e), 0);
		CHECK_EQ(layout_add(&layout, (gpa_t){rows[i].start}, rows[i].size, "file", "part", &e), expected);
		CHECK_EQ(layout.npieces, expected == 0 && rows[i].size ? 2 : 1);
		if (rows[i].text)
			CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
	}
}

static void the_highest_place_is_taken(void)
{
	static struct layout layout;
	struct error e;
	struct ram ram;
	gpa_t at = {1};

	memory(&ram, &layout);
	CHECK_EQ(layout_add_high(&layout, 0x1800, PAGE_SIZE, RAM_GAP_START, "a", NULL, &at, &e), 0);
	CHECK_EQ(at.v, RAM_GAP_START - 0x2000);
	CHECK_EQ(layout_add_high(&layout, 1, PAGE_SIZE, RAM_GAP_START, "b", NULL, &at, &e), 0);
	CHECK_EQ(at.v, RAM_GAP_START - 0x3000); /* not in a's last page: a starts there */
	CHECK_EQ(layout_add_high(&layout, 1, PAGE_SIZE, 0x37ffffff, "c", NULL, &at, &e), 0);
	CHECK_EQ(at.v, 0x37fff000);
	CHECK_EQ(layout_add_high(&layout, MIB, PAGE_SIZE, UINT64_MAX, "d", NULL, &at, &e), 0);
	CHECK_EQ(at.v, RAM_GAP_END + 15 * MIB);
	CHECK_EQ(layout_add_high(&layout, 4096 * MIB, PAGE_SIZE, UINT64_MAX, "e", "part", &at, &e), -1);
	CHECK(strstr(e.text, "e: part: no room for its 4294967296 bytes"));
	CHECK_EQ(layout_add_high(&layout, UINT64_MAX, PAGE_SIZE, UINT64_MAX, "f", NULL, &at, &e), -1);
	CHECK_EQ(layout_add_high(&layout, 2, 1, 1, "g", NULL, &at, &e), -1);
	CHECK_EQ(at.v, RAM_GAP_END + 15 * MIB);
}

static void the_lowest_place_is_taken(void)
{
	static struct layout layout;
	struct error e;
	struct ram ram;
	gpa_t at = {1};

	memory(&ram, &layout);
	CHECK_EQ(layout_add_low(&layout, 0x1800, PAGE_SIZE, 0x1001, RAM_GAP_START, "a", NULL, &at, &e), 0);
	CHECK_EQ(at.v, 0x2000);
	CHECK_EQ(layout_add_low(&layout, 1, PAGE_SIZE, 0x1000, RAM_GAP_START, "b", NULL, &at, &e), 0);
	CHECK_EQ(at.v, 0x1000);
	CHECK_EQ(layout_add_low(&layout, 2, 1, 0x1000, RAM_GAP_START, "c", NULL, &at, &e), 0);
	CHECK_EQ(at.v, 0x1001);
	CHECK_EQ(layout_add_low(&layout, 0x1000, PAGE_SIZE, 0x1000, RAM_GAP_START, "d", NULL, &at, &e), 0);
	CHECK_EQ(at.v, 0x4000);
	CHECK_EQ(layout_add_low(&layout, 0x1001, 1, 0x10000, 0x11000, "e", "part", &at, &e), -1);
	CHECK_AT(strstr(e.text, "e: part: no room for its 4097 bytes in main memory in 0x10000-0x10fff"), "%s", e.text);
	CHECK_EQ(layout_add_low(&layout, MIB, PAGE_SIZE, RAM_GAP_START - PAGE_SIZE, UINT64_MAX, "f", NULL, &at, &e), 0);
	CHECK_EQ(at.v, RAM_GAP_END); /* in the next region */
	CHECK_EQ(layout_add_low(&layout, UINT64_MAX, PAGE_SIZE, 0, UINT64_MAX, "g", NULL, &at, &e), -1);
	CHECK_EQ(at.v, RAM_GAP_END);
}

static void too_many_pieces_are_refused(void)
{
	static struct layout layout;
	struct error e;
	struct ram ram;

	memory(&ram, &layout);
	for (unsigned i = 0; i < LAYOUT_PIECES_MAX; i++)
		CHECK_EQ(layout_add(&layout, (gpa_t){2 * i}, 1, "a", NULL, &e), 0);
	CHECK_EQ(layout_add(&layout, (gpa_t){MIB}, 1, "a", NULL, &e), -1);
	CHECK_EQ(layout.npieces, LAYOUT_PIECES_MAX);
}

CHECK_MAIN(CHECK_TEST(pieces_are_checked), CHECK_TEST(the_highest_place_is_taken),
	   CHECK_TEST(the_lowest_place_is_taken), CHECK_TEST(too_many_pieces_are_refused))
