#include "vmm/trace/budget.h"

#include "tests/check.h"

#include <math.h>

static void a_pause_makes_the_mean_right(void)
{
	static const struct {
		const char *name;
		double factor;
		uint64_t ran, answered, times; /* accesses of a window of 1000000 cycles */
		bool pauses;
	} rows[] = {
		{"nothing", 2, 100, 100, 0, false},
		{"little", 2, 100, 100, 1000, false},
		{"half, and twice is allowed", 2, 100, 400, 1000, false},
		{"nearly all", 2, 100, 800, 1000, true},
		{"all", 1.1, 100, 1000, 1000, true},
		{"half, and little is allowed", 1.1, 100, 400, 1000, true},
		{"nearly all, and much is allowed", 20, 100, 800, 1000, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t pause = 7, window = 1000000;
		double share = 7, cost = (double)((rows[i].ran + rows[i].answered) * rows[i].times), real;
		struct budget b;

		check_row = rows[i].name;
		budget_start(&b, rows[i].factor, window, 5);
		for (uint64_t n = 0; n < rows[i].times; n++)
			budget_add(&b, rows[i].ran, rows[i].answered);
		CHECK(!budget_look(&b, 5 + window - 1, &pause, &share));
		CHECK_EQ(pause, 7);
		CHECK(budget_look(&b, 5 + window, &pause, &share));
		CHECK_EQ(pause > 0, rows[i].pauses);
		CHECK_EQ(share > 0, rows[i].pauses);
		if (!rows[i].pauses)
			continue;
		if (cost > (double)window)
			cost = (double)window;
		real = ((double)window + (double)pause) / ((double)window - cost + (double)pause);
		CHECK(fabs(real - rows[i].factor) < 0.001);
		CHECK(share <= 1);
	}
}

static void the_hottest_are_picked(void)
{
	struct watched w = {.nranges = 0};
	struct watched_range range = {.start = 0, .size = 5 * PAGE_SIZE};
	static const uint32_t hits[] = {10, 50, 30, 100, 0};
	size_t out[8];

	CHECK_EQ(watched_add(&w, &range, 0), 0);
	for (unsigned i = 0; i < 5; i++)
		w.pages[i].hits = hits[i];
	w.pages[3].fixed = true; /* the hottest cannot be disarmed */
	CHECK_EQ(budget_pick(&w, 0.4, out, 8), 2);
	CHECK_EQ(out[0], 1);
	CHECK_EQ(out[1], 2);
	CHECK_EQ(w.pages[0].hits, 0); /* a new window */
	CHECK_EQ(budget_pick(&w, 0.4, out, 8), 0);
	watched_free(&w);
}

CHECK_MAIN(CHECK_TEST(a_pause_makes_the_mean_right), CHECK_TEST(the_hottest_are_picked))
