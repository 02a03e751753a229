#include "vmm/device/cmos.h"

#include "tests/check.h"

/* 2031-08-09 17:45:36.5 UTC, a Saturday. */
#define SOME_DAY 1944063936

static struct timespec host_time;

static void fixed_now(struct timespec *out)
{
	*out = host_time;
}

static void start(struct cmos *c, uint64_t memory)
{
	host_time = (struct timespec){SOME_DAY, 500000000};
	cmos_init(c, memory, fixed_now);
}

static uint8_t get(struct cmos *c, uint8_t index)
{
	cmos_out(c, 0, index);
	return cmos_in(c, 1);
}

static void put(struct cmos *c, uint8_t index, uint8_t value)
{
	cmos_out(c, 0, index | 0x80); /* the NMI's mask is not part of the index */
	cmos_out(c, 1, value);
}

static const struct {
	const char *name;
	uint8_t index, value;
} clock_rows[] = {
	{"seconds", CMOS_SECONDS, 0x36},
	{"minutes", CMOS_MINUTES, 0x45},
	{"hours", CMOS_HOURS, 0x17},
	{"weekday, Sunday is 1", CMOS_WEEKDAY, 0x07},
	{"day", CMOS_DAY, 0x09},
	{"month", CMOS_MONTH, 0x08},
	{"year", CMOS_YEAR, 0x31},
	{"century", CMOS_CENTURY, 0x20},
	{"status A, no update near", CMOS_STATUS_A, 0x26},
	{"status B, BCD and 24 hours", CMOS_STATUS_B, 0x02},
	{"status C, no interrupts", CMOS_STATUS_C, 0},
	{"status D, battery good", CMOS_STATUS_D, 0x80},
	{"alarm, never set", 0x01, 0},
};

static void clock_reads_host_time(void)
{
	struct cmos c;

	start(&c, 128 << 20);
	for (size_t i = 0; i < sizeof(clock_rows) / sizeof(clock_rows[0]); i++) {
		check_row = clock_rows[i].name;
		CHECK_EQ(get(&c, clock_rows[i].index), clock_rows[i].value);
		put(&c, clock_rows[i].index, clock_rows[i].index == CMOS_STATUS_B ? 0x7f : 0x55);
		CHECK_EQ(get(&c, clock_rows[i].index), clock_rows[i].value); /* nothing here can just be written */
	}
	check_row = "index port";
	CHECK_EQ(cmos_in(&c, 0), 0xff);
}

static void update_in_progress(void)
{
	struct cmos c;

	start(&c, 128 << 20);
	host_time.tv_nsec = 999755999;
	CHECK_EQ(get(&c, CMOS_STATUS_A), 0x26);
	host_time.tv_nsec = 999756000;
	CHECK_EQ(get(&c, CMOS_STATUS_A), 0xa6);
	host_time = (struct timespec){SOME_DAY + 1, 0};
	CHECK_EQ(get(&c, CMOS_STATUS_A), 0x26);
	CHECK_EQ(get(&c, CMOS_SECONDS), 0x37);
}

static void the_clock_can_be_set(void)
{
	struct cmos c;

	start(&c, 128 << 20);
	put(&c, CMOS_STATUS_B, CMOS_B_SET);
	CHECK_EQ(get(&c, CMOS_STATUS_B), 0x82);
	host_time.tv_sec += 7;
	CHECK_EQ(get(&c, CMOS_SECONDS), 0x36); /* stands */
	put(&c, CMOS_CENTURY, 0x19);
	put(&c, CMOS_YEAR, 0x99);
	put(&c, CMOS_MONTH, 0x12);
	put(&c, CMOS_DAY, 0x31);
	put(&c, CMOS_HOURS, 0x23);
	put(&c, CMOS_MINUTES, 0x59);
	put(&c, CMOS_SECONDS, 0x58);
	put(&c, CMOS_STATUS_B, 0);
	CHECK_EQ(get(&c, CMOS_YEAR), 0x99);
	CHECK_EQ(get(&c, CMOS_SECONDS), 0x58);
	host_time.tv_sec += 3;
	CHECK_EQ(get(&c, CMOS_SECONDS), 0x01);
	CHECK_EQ(get(&c, CMOS_CENTURY), 0x20);
	CHECK_EQ(get(&c, CMOS_YEAR), 0x00);
	CHECK_EQ(get(&c, CMOS_MONTH), 0x01);
	CHECK_EQ(get(&c, CMOS_WEEKDAY), 0x07); /* 2000-01-01 was a Saturday */
}

/* Any bytes may be set; none may overflow what comes out of them. */
static void nonsense_can_be_set(void)
{
	struct cmos c;

	start(&c, 128 << 20);
	put(&c, CMOS_STATUS_B, CMOS_B_SET);
	for (uint8_t i = 0; i <= CMOS_YEAR; i++)
		put(&c, i, 0xff);
	put(&c, CMOS_CENTURY, 0xff);
	put(&c, CMOS_STATUS_B, 0);
	CHECK(get(&c, CMOS_SECONDS) <= 0x59);
	CHECK(get(&c, CMOS_MONTH) >= 1 && get(&c, CMOS_MONTH) <= 0x12);
}

static const struct {
	const char *name;
	uint64_t memory;
	unsigned above_1m, above_16m, above_4g;
} memory_rows[] = {
	{"16 MiB", 16 << 20, 15 * 1024, 0, 0},
	{"128 MiB", 128 << 20, 0xfc00, 112 * 16, 0},
	{"the gap's start", 0xc0000000, 0xfc00, 0xbf00, 0},
	{"4 GiB", 1ull << 32, 0xfc00, 0xbf00, 0x4000},
	{"64 GiB", 64ull << 30, 0xfc00, 0xbf00, 0xf4000},
	{"more than fits", 1ull << 50, 0xfc00, 0xbf00, 0xffffff},
};

static void memory_size(void)
{
	for (size_t i = 0; i < sizeof(memory_rows) / sizeof(memory_rows[0]); i++) {
		struct cmos c;

		check_row = memory_rows[i].name;
		start(&c, memory_rows[i].memory);
		CHECK_EQ(get(&c, 0x15) | get(&c, 0x16) << 8, 640);
		CHECK_EQ(get(&c, 0x17) | get(&c, 0x18) << 8, memory_rows[i].above_1m);
		CHECK_EQ(get(&c, 0x30) | get(&c, 0x31) << 8, memory_rows[i].above_1m);
		CHECK_EQ(get(&c, 0x34) | get(&c, 0x35) << 8, memory_rows[i].above_16m);
		CHECK_EQ(get(&c, 0x5b) | get(&c, 0x5c) << 8 | get(&c, 0x5d) << 16, memory_rows[i].above_4g);
	}
}

static void the_rest_is_memory(void)
{
	struct cmos c;

	start(&c, 128 << 20);
	put(&c, 0x7f, 0xa5);
	put(&c, 0x0f, 0x5a);
	CHECK_EQ(get(&c, 0x7f), 0xa5);
	CHECK_EQ(get(&c, 0x0f), 0x5a);
	CHECK_EQ(get(&c, 0x7e), 0);
}

CHECK_MAIN(CHECK_TEST(clock_reads_host_time), CHECK_TEST(update_in_progress), CHECK_TEST(the_clock_can_be_set),
	   CHECK_TEST(nonsense_can_be_set), CHECK_TEST(memory_size), CHECK_TEST(the_rest_is_memory))
