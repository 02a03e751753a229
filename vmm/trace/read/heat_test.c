/* Heat maps: what is counted where, and what the pictures say. */
#include "vmm/trace/read/heat.h"

#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

static const struct heat_clock no_clock;

static struct heat *heat_of(enum heat_form form, size_t limit, unsigned n, const uint64_t (*accesses)[3])
{
	struct heat *h = heat_new(form, NULL, limit);

	for (unsigned i = 0; i < n; i++) {
		struct trace_record r = {.kind = TRACE_LOAD,
					 .size = 8,
					 .gpa = accesses[i][0],
					 .tsc = accesses[i][1],
					 .rip = accesses[i][2]};

		heat_record(h, &r);
	}
	return h;
}

static void by_time(void)
{
	static const uint64_t accesses[][3] = {{0x1000, 100, 1}, {0x1000, 101, 1}, {0x1008, 200, 1}, {0x9000, 300, 1}};
	struct heat *h = heat_of(HEAT_TIME, 0, 4, accesses);
	struct trace_record mark = {.kind = TRACE_MARK, .tsc = 1 << 30};
	struct heatmap map;

	heat_record(h, &mark);
	/* 0x1000..0x11ff and 0x9000 alone: 64 grains, and 1 of the next block */
	CHECK_EQ(heat_draw(h, 3, 65, (struct heat_clock){.start = 50}, &map), 0);
	CHECK_EQ(map.width, 3);
	CHECK_EQ(map.height, 65);
	CHECK_EQ(map.counts[0], 2);
	CHECK_EQ(map.counts[3 + 1], 1);
	CHECK_EQ(map.counts[64 * 3 + 2], 1);
	CHECK_EQ(map.most, 2);
	CHECK_STR(map.rows[0], "0x1000");
	CHECK_STR(map.rows[1], "0x1008");
	CHECK_STR(map.rows[64], "0x9000");
	CHECK_STR(map.first, "50 cycles");
	CHECK_STR(map.last, "250 cycles");
	heatmap_free(&map);
	CHECK_EQ(heat_draw(h, 1, 1, (struct heat_clock){.hz = 100}, &map), 0);
	CHECK_EQ(map.counts[0], 4);
	CHECK_STR(map.last, "3.000000 s");
	heatmap_free(&map);
	heat_free(h);
}

static void by_function(void)
{
	static const uint64_t accesses[][3] = {
		{0x1000, 0, 0xa}, {0x1000, 0, 0xb}, {0x1008, 0, 0xb}, {0x1008, 0, 0xc}, {0x1008, 0, 0xb}};
	struct heat *h = heat_of(HEAT_FUNCTION, 0, 5, accesses);
	struct heatmap map;

	CHECK_EQ(heat_draw(h, 10, 2, no_clock, &map), 0);
	CHECK_EQ(map.width, 2);
	CHECK_EQ(map.height, 2);
	CHECK_STR(map.rows[0], "0xb");
	CHECK_STR(map.rows[1], "(2 others)");
	CHECK_EQ(map.counts[0], 1);
	CHECK_EQ(map.counts[1], 2);
	CHECK_EQ(map.counts[2], 1);
	CHECK_EQ(map.counts[3], 1);
	CHECK_STR(map.first, "0x1000");
	CHECK_STR(map.last, "0x1008");
	heatmap_free(&map);
	CHECK_EQ(heat_draw(h, 10, 3, no_clock, &map), 0);
	CHECK_EQ(map.height, 3);
	CHECK_STR(map.rows[2], "0xc");
	heatmap_free(&map);
	heat_free(h);
}

/* Physical addresses have the name of the linear one by which they were touched; without one they have none. */
static void objects_are_named(void)
{
	static const char map_text[] = "ffffffff81000000 D table\n";
	struct trace_record r = {.kind = TRACE_STORE, .size = 8, .gpa = 0x5010, .linear = 0xffffffff81000010};
	struct places *places = places_new();
	char path[] = "/tmp/lodestore-heat-XXXXXX";
	struct heatmap map;
	struct heat *h;
	struct error e;
	int fd = mkstemp(path);

	CHECK(write(fd, map_text, sizeof(map_text) - 1) == sizeof(map_text) - 1);
	close(fd);
	CHECK_EQ(places_add(places, path, &e), 0);
	h = heat_new(HEAT_TIME, places, 0);
	heat_record(h, &r);
	r.gpa += 8;
	r.linear += 8;
	heat_record(h, &r);
	r = (struct trace_record){.kind = TRACE_LOAD, .flags = TRACE_PHYSICAL, .size = 8, .gpa = 0x7000};
	heat_record(h, &r);
	CHECK_EQ(heat_draw(h, 1, 64, no_clock, &map), 0);
	CHECK_STR(map.rows[0], "table+0x10");
	CHECK_STR(map.rows[1], "table+0x18");
	CHECK_STR(map.rows[map.height - 1], "0x7000");
	heatmap_free(&map);
	heat_free(h);
	places_free(places);
	unlink(path);
}

static void nothing_is_lost_when_it_becomes_coarse(void)
{
	struct heat *h = heat_new(HEAT_TIME, NULL, 2000);
	struct heatmap map;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < 100000; i++) {
		struct trace_record r = {
			.kind = TRACE_STORE, .gpa = (i * 0x9e3779b97f4a7c15ull >> 20) & 0xfffff8, .tsc = 50 + i * i};

		heat_record(h, &r);
	}
	CHECK_EQ(heat_draw(h, 30, 20, no_clock, &map), 0);
	CHECK(map.width > 0 && map.width <= 30 && map.height > 0 && map.height <= 20);
	for (unsigned i = 0; i < map.width * map.height; i++)
		sum += map.counts[i];
	CHECK_EQ(sum, 100000);
	heatmap_free(&map);
	heat_free(h);
}

static void hostile_records_are_drawn(void)
{
	static const uint64_t accesses[][3] = {
		{UINT64_MAX, UINT64_MAX, UINT64_MAX}, {0, 0, 0}, {UINT64_MAX - 7, UINT64_MAX, 1}, {1ull << 63, 1, 0}};

	for (unsigned form = HEAT_TIME; form <= HEAT_FUNCTION; form++) {
		for (unsigned n = 0; n <= 4; n++) {
			struct heat *h = heat_of((enum heat_form)form, n, n, accesses);
			struct heatmap map;

			CHECK_EQ(heat_draw(h, 7, 5, (struct heat_clock){.hz = 1}, &map), 0);
			CHECK_EQ(map.width > 0, n > 0);
			heatmap_free(&map);
			heat_free(h);
		}
	}
}

static char *drawn(const struct heatmap *map, int what, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (what == 'p')
		CHECK_EQ(heatmap_png(map, out), 0);
	else if (what == 's')
		heatmap_svg(map, out);
	else
		heatmap_print(map, what == 'c', out);
	fclose(out);
	return text;
}

static void pictures(void)
{
	static const uint64_t accesses[][3] = {{0x1000, 0, 1}, {0x1000, 0, 1}, {0x1000, 0, 1}, {0x1008, 9, 1}};
	struct heat *h = heat_of(HEAT_TIME, 0, 4, accesses), *none = heat_of(HEAT_TIME, 0, 0, accesses);
	struct heatmap map, empty;
	char *text;
	size_t size;

	CHECK_EQ(heat_draw(h, 2, 2, no_clock, &map), 0);
	CHECK_EQ(heat_draw(none, 2, 2, no_clock, &empty), 0);
	text = drawn(&map, 't', &size);
	CHECK_STR(text, "accesses by address (down) and time since the start (across)\n"
			"0x1000 |@ |\n0x1008 | .|\n        0 cycles 9 cycles\n"
			"        1 .:-=+*#%@ 3 accesses, logarithmic\n");
	free(text);
	text = drawn(&map, 'c', &size);
	CHECK(strstr(text, "\033[48;5;") != NULL);
	free(text);
	text = drawn(&map, 's', &size);
	CHECK(strncmp(text, "<svg ", 5) == 0 && strstr(text, "<title>0x1000, 0 cycles: 3</title>") &&
	      strstr(text, "0x1000</text>"));
	CHECK(size > 7 && strcmp(text + size - 7, "</svg>\n") == 0);
	free(text);
	for (int i = 0; i < 2; i++) {
		text = drawn(i ? &empty : &map, 'p', &size);
		CHECK(size > 60 && memcmp(text, "\x89PNG\r\n\x1a\n", 8) == 0);
		CHECK(memcmp(text + size - 8, "IEND", 4) == 0);
		free(text);
	}
	text = drawn(&empty, 't', &size);
	CHECK_STR(text, "no accesses\n");
	free(text);
	text = drawn(&empty, 's', &size);
	CHECK(strstr(text, "no accesses") != NULL);
	free(text);
	heatmap_free(&map);
	heatmap_free(&empty);
	heat_free(h);
	heat_free(none);
}

/* Every function is named, and what is left out between addresses can be seen. */
static void labels_and_gaps(void)
{
	static const uint64_t accesses[][3] = {{0x1000, 0, 0xa}, {0x1000, 0, 0xb}, {0x1200, 1, 0xb}, {0x9000, 2, 0xc}};
	struct heatmap map;
	size_t size;
	struct heat *h = heat_of(HEAT_FUNCTION, 0, 4, accesses);
	char *text;

	CHECK_EQ(heat_draw(h, 200, 3, no_clock, &map), 0);
	text = drawn(&map, 's', &size);
	for (unsigned y = 0; y < map.height; y++) {
		char label[HEAT_LABEL + 16];

		snprintf(label, sizeof(label), ">%s</text>", map.rows[y]);
		check_row = label;
		CHECK(strstr(text, label) != NULL);
	}
	check_row = "";
	CHECK(strstr(text, ">0x1000</text>") && strstr(text, HEAT_GAP_TEXT) && strstr(text, ">2 accesses") == NULL);
	CHECK(strstr(text, ">1 access</text>") != NULL);
	free(text);
	heatmap_free(&map);
	heat_free(h);
	h = heat_of(HEAT_TIME, 0, 4, accesses);
	CHECK_EQ(heat_draw(h, 3, 200, no_clock, &map), 0);
	CHECK(map.any_gap && map.gaps[128] && !map.gaps[64]); /* 0x1200 follows 0x11ff; 0x9000 does not */
	text = drawn(&map, 't', &size);
	CHECK(strstr(text, "\n0x9000 ~") && strstr(text, "\n0x1200 |") && strstr(text, "; ~ addresses that nobody"));
	free(text);
	heatmap_free(&map);
	heat_free(h);
}

/* A row is called after what is touched most in it, not after its first byte. */
static void rows_are_named_after_their_hottest_place(void)
{
	static const char map_text[] = "1000 D cold\n100c D hot\n1010 D end\n";
	static const uint64_t at[] = {0x1000, 0x100c, 0x100c, 0x1020};
	struct places *places = places_new();
	char path[] = "/tmp/lodestore-heat-XXXXXX";
	struct heatmap map;
	struct heat *h;
	struct error e;
	int fd = mkstemp(path);

	CHECK(write(fd, map_text, sizeof(map_text) - 1) == sizeof(map_text) - 1);
	close(fd);
	CHECK_EQ(places_add(places, path, &e), 0);
	for (int by_function = 0; by_function < 2; by_function++) {
		h = heat_new(by_function ? HEAT_FUNCTION : HEAT_TIME, places, 0);
		for (unsigned i = 0; i < 4; i++)
			heat_record(h, &(struct trace_record){
					       .kind = TRACE_STORE, .size = 4, .gpa = at[i], .linear = at[i]});
		CHECK_EQ(heat_draw(h, 1, 1, no_clock, &map), 0);
		CHECK_STR(by_function ? map.columns[0] : map.rows[0], "hot");
		heatmap_free(&map);
		heat_free(h);
	}
	places_free(places);
	unlink(path);
}

static void levels(void)
{
	uint64_t counts[] = {0, 1, 10, 100, 1000};
	struct heatmap map = {.width = 5, .height = 1, .counts = counts, .most = 1000};
	unsigned last = 0;

	CHECK_EQ(heatmap_level(&map, 0, 0, 256), 0);
	CHECK_EQ(heatmap_level(&map, 1, 0, 256), 1);
	CHECK_EQ(heatmap_level(&map, 4, 0, 256), 255);
	for (unsigned x = 1; x < 5; x++) {
		CHECK(heatmap_level(&map, x, 0, 256) > last);
		last = heatmap_level(&map, x, 0, 256);
	}
	for (unsigned level = 1; level < 256; level++)
		CHECK(heatmap_colour(level) <= 0xffffff && heatmap_colour(level) != heatmap_colour(0));
}

CHECK_MAIN(CHECK_TEST(by_time), CHECK_TEST(by_function), CHECK_TEST(objects_are_named),
	   CHECK_TEST(nothing_is_lost_when_it_becomes_coarse), CHECK_TEST(hostile_records_are_drawn),
	   CHECK_TEST(pictures), CHECK_TEST(labels_and_gaps), CHECK_TEST(rows_are_named_after_their_hottest_place),
	   CHECK_TEST(levels))
