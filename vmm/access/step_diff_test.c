/* What changed in a page becomes stores: contiguous, complete, nothing more. */
#include "vmm/access/step_diff.h"

#include "tests/check.h"

#include <stdlib.h>

#define SIZE 256

struct row {
	const char *name;
	unsigned from, to; /* the bytes [from, to) change */
	unsigned at, end; /* what is looked at */
	unsigned runs;
	struct step_run run[5];
};

static const struct row rows[] = {
	{"nothing", 0, 0, 0, SIZE, 0, {{0}}},
	{"one byte", 7, 8, 0, SIZE, 1, {{7, 1}}},
	{"the first byte", 0, 1, 0, SIZE, 1, {{0, 1}}},
	{"the last byte", SIZE - 1, SIZE, 0, SIZE, 1, {{SIZE - 1, 1}}},
	{"64 bytes are one store", 32, 96, 0, SIZE, 1, {{32, 64}}},
	{"65 bytes are two", 32, 97, 0, SIZE, 2, {{32, 64}, {96, 1}}},
	{"all of it", 0, SIZE, 0, SIZE, 4, {{0, 64}, {64, 64}, {128, 64}, {192, 64}}},
	{"before the range", 3, 10, 10, SIZE, 0, {{0}}},
	{"behind the range", 10, 20, 0, 10, 0, {{0}}},
	{"across its start", 3, 12, 10, SIZE, 1, {{10, 2}}},
	{"across its end", 3, 12, 0, 10, 1, {{3, 7}}},
	{"an empty range", 0, SIZE, 5, 5, 0, {{0}}},
};

static void every_change_is_one_run(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		uint8_t before[SIZE], after[SIZE];
		struct step_run run = {999, 999};
		unsigned at = row->at, n = 0;

		check_row = row->name;
		for (unsigned b = 0; b < SIZE; b++) {
			before[b] = (uint8_t)(b * 7);
			after[b] = (uint8_t)(before[b] + (b >= row->from && b < row->to));
		}
		while (n < 5 && step_diff(before, after, at, row->end, &run)) {
			CHECK_EQ(run.at, row->run[n].at);
			CHECK_EQ(run.size, row->run[n].size);
			at = run.at + run.size;
			n++;
		}
		CHECK_EQ(n, row->runs);
		if (row->runs == 0)
			CHECK_EQ(run.at, 999); /* untouched */
	}
}

static void unchanged_bytes_separate_runs(void)
{
	uint8_t before[SIZE] = {0}, after[SIZE] = {0};
	struct step_run run;

	after[8] = after[10] = 1;
	CHECK(step_diff(before, after, 0, SIZE, &run));
	CHECK_EQ(run.at, 8);
	CHECK_EQ(run.size, 1);
	CHECK(step_diff(before, after, 9, SIZE, &run));
	CHECK_EQ(run.at, 10);
	CHECK_EQ(run.size, 1);
	CHECK(!step_diff(before, after, 11, SIZE, &run));
}

/* Random changes: storing the runs over the bytes before gives the bytes after. */
static void the_runs_rebuild_the_page(void)
{
	srand(1);
	for (unsigned round = 0; round < 1000; round++) {
		uint8_t before[SIZE], after[SIZE];
		struct step_run run;

		for (unsigned b = 0; b < SIZE; b++) {
			before[b] = (uint8_t)rand();
			after[b] = rand() % 3 ? before[b] : (uint8_t)rand();
		}
		for (unsigned at = 0; step_diff(before, after, at, SIZE, &run); at = run.at + run.size)
			memcpy(before + run.at, after + run.at, run.size);
		CHECK(memcmp(before, after, SIZE) == 0);
	}
}

CHECK_MAIN(CHECK_TEST(every_change_is_one_run), CHECK_TEST(unchanged_bytes_separate_runs),
	   CHECK_TEST(the_runs_rebuild_the_page))
