#include "vmm/trace/watched.h"

#include "tests/check.h"

static void add(struct watched *w, uint64_t start, uint64_t size)
{
	struct watched_range range = {.start = start, .size = size};

	CHECK_EQ(watched_add(w, &range, 100), 0);
}

static void overlaps_are_added_once(void)
{
	static const struct {
		const char *name;
		uint64_t start, size; /* asked for, beside [0x1000, 0x1100) and [0x1200, 0x1300) */
		bool found;
		uint64_t first, length, rest;
	} rows[] = {
		{"apart", 0x2000, 0x10, true, 0x2000, 0x10, 0},
		{"before", 0xff0, 0x20, true, 0xff0, 0x10, 0x10},
		{"inside", 0x1010, 0x20, false, 0, 0, 0},
		{"just it", 0x1000, 0x100, false, 0, 0, 0},
		{"behind", 0x10f0, 0x20, true, 0x1100, 0x10, 0},
		{"between", 0x1100, 0x100, true, 0x1100, 0x100, 0},
		{"over both", 0xf00, 0x500, true, 0xf00, 0x100, 0x400},
		{"from the first over the second", 0x1080, 0x300, true, 0x1100, 0x100, 0x180},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct watched w = {.nranges = 0};
		uint64_t start = rows[i].start, size = rows[i].size, rest = 0;

		check_row = rows[i].name;
		add(&w, 0x1200, 0x100);
		add(&w, 0x1000, 0x100);
		CHECK_EQ(watched_new_in(&w, &start, &size, &rest), rows[i].found);
		if (rows[i].found) {
			CHECK_EQ(start, rows[i].first);
			CHECK_EQ(size, rows[i].length);
			CHECK_EQ(rest, rows[i].rest);
		}
		watched_free(&w);
	}
}

static void what_is_where(void)
{
	struct watched w = {.nranges = 0};

	add(&w, 0x5ff0, 0x20); /* across two pages */
	add(&w, 0x2800, 0x8);
	add(&w, 0x2900, 0x8); /* the same page */
	CHECK_EQ(w.npages, 3);
	CHECK(watched_page_at(&w, 0x2000) == &w.pages[0]);
	CHECK(watched_page_at(&w, 0x5abc) == &w.pages[1]);
	CHECK(watched_page_at(&w, 0x6fff) == &w.pages[2]);
	CHECK(watched_page_at(&w, 0x3000) == NULL);
	CHECK(watched_page_at(&w, 0x7000) == NULL);
	CHECK(watched_range_at(&w, 0x27ff, 1) == NULL);
	CHECK(watched_range_at(&w, 0x27ff, 2) == &w.ranges[0]);
	CHECK(watched_range_at(&w, 0x2807, 1) == &w.ranges[0]);
	CHECK(watched_range_at(&w, 0x2808, 8) == NULL);
	CHECK(watched_range_at(&w, 0x2808, 0x1000) == &w.ranges[1]);
	CHECK(watched_range_at(&w, 0x6010, 8) == NULL);
	watched_free(&w);
}

static void the_time_that_was_seen(void)
{
	struct watched_page page = {.since = 100};

	CHECK_EQ(watched_seen(&page, 150), 50);
	watched_arm(&page, true, 160); /* it is */
	watched_arm(&page, false, 200);
	watched_arm(&page, false, 250); /* it is not */
	CHECK_EQ(watched_seen(&page, 300), 100);
	watched_arm(&page, true, 300);
	CHECK_EQ(watched_seen(&page, 310), 110);
}

CHECK_MAIN(CHECK_TEST(overlaps_are_added_once), CHECK_TEST(what_is_where), CHECK_TEST(the_time_that_was_seen))
