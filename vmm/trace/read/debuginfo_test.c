/* What the DWARF of this very program says of its own objects and lines. */
#include "vmm/trace/read/debuginfo.h"

#include "tests/check.h"
#include "vmm/trace/read/places.h"

#include <link.h>
#include <stdlib.h>

struct pair {
	uint16_t first;
	uint32_t second;
};

static struct sample {
	uint64_t head;
	struct pair pairs[4];
	union {
		uint32_t whole;
		uint8_t bytes[4];
	} both;
	struct {
		uint8_t inner;
	};
	uint32_t low : 4, high : 28;
	uint16_t grid[2][3];
	const struct pair *pointer;
} the_sample = {.head = 1};

static volatile uint32_t the_counter = 1;

static int note_bias(struct dl_phdr_info *info, size_t size, void *bias)
{
	(void)size;
	*(uint64_t *)bias = info->dlpi_addr;
	return 1; /* the first one is the program */
}

/* Where it was linked. */
static uint64_t linked(const volatile void *at)
{
	uint64_t bias = 0;

	dl_iterate_phdr(note_bias, &bias);
	return (uint64_t)(uintptr_t)at - bias;
}

static void parts(void)
{
	const struct {
		const char *name;
		const volatile void *at;
		unsigned beyond;
	} rows[] = {
		{"the_sample.head", &the_sample.head, 0},
		{"the_sample.head+0x3", &the_sample.head, 3},
		{"the_sample.pairs[0].first", &the_sample.pairs, 0},
		{"the_sample.pairs[3].second", &the_sample.pairs[3].second, 0},
		{"the_sample.pairs[3]+0x2", &the_sample.pairs[3].first, 2}, /* between its members */
		{"the_sample.both.whole", &the_sample.both, 0},
		{"the_sample.inner", &the_sample.inner, 0},
		{"the_sample.grid[1][2]", &the_sample.grid[1][2], 0},
		{"the_sample.pointer", &the_sample.pointer, 0},
		{"the_counter", &the_counter, 0},
	};
	struct debuginfo *d = debuginfo_open("/proc/self/exe");
	char text[PLACE_TEXT];

	CHECK(d != NULL);
	for (unsigned i = 0; d && i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		text[0] = '\0';
		CHECK(debuginfo_part(d, linked(rows[i].at) + rows[i].beyond, &(struct words){text, sizeof(text)}));
		CHECK_STR(text, rows[i].name);
	}
	text[0] = '\0';
	CHECK(d && !debuginfo_part(d, 1, &(struct words){text, sizeof(text)}));
	CHECK_STR(text, "");
	debuginfo_close(d);
}

static void lines(void)
{
	struct debuginfo *d = debuginfo_open("/proc/self/exe");
	struct places *p = places_new();
	char text[PLACE_TEXT] = "";
	struct error e;

	CHECK(d != NULL);
	CHECK(d && debuginfo_line(d, linked((const void *)(uintptr_t)lines), &(struct words){text, sizeof(text)}));
	CHECK(strncmp(text, "debuginfo_test.c:", 17) == 0 && atoi(text + 17) > 80);
	CHECK(d && !debuginfo_line(d, 1, &(struct words){text, sizeof(text)}));
	debuginfo_close(d);
	CHECK_EQ(places_add(p, "/proc/self/exe", &e), 0);
	CHECK(places_function(p, linked((const void *)(uintptr_t)lines) + 1, text));
	CHECK_STR(text, "lines+0x1");
	CHECK(places_object(p, linked(&the_sample.pairs[1]), text));
	CHECK_STR(text, "the_sample.pairs[1].first");
	places_free(p);
}

static void no_dwarf(void)
{
	struct places *p = places_new();
	struct error e;

	CHECK(debuginfo_open("/nowhere") == NULL);
	CHECK(debuginfo_open("/etc/passwd") == NULL);
	CHECK(debuginfo_open("/") == NULL);
	CHECK_EQ(places_add(p, "/nowhere", &e), -1);
	CHECK_EQ(e.status, STATUS_INPUT);
	CHECK_EQ(places_add(p, "/etc/passwd", &e), -1);
	CHECK(!places_any(p));
	places_free(p);
}

CHECK_MAIN(CHECK_TEST(parts), CHECK_TEST(lines), CHECK_TEST(no_dwarf))
