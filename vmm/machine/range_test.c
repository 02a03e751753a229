#include "vmm/machine/range.h"

#include "tests/check.h"
#include "vmm/number.h"

static const struct {
	const char *text;
	uint64_t value;
	const char *why;
} numbers[] = {
	{"0", 0, NULL},
	{"010", 10, NULL},
	{"0x1F", 0x1f, NULL},
	{"0X1f", 0x1f, NULL},
	{"4K", 4096, NULL},
	{"2m", 2 << 20, NULL},
	{"0x10G", 16ull << 30, NULL},
	{"18446744073709551615", UINT64_MAX, NULL},
	{"0xffffffffffffffff", UINT64_MAX, NULL},
	{"0x3ffffffffG", 0x3ffffffffull << 30, NULL},
	{"", 0, "is empty"},
	{"K", 0, "is not a number"},
	{"0x", 0, "is not a number"},
	{"0xK", 0, "is not a number"},
	{"4KK", 0, "is not a number"},
	{"4T", 0, "is not a number"},
	{"-1", 0, "is not a number"},
	{"+1", 0, "is not a number"},
	{" 1", 0, "is not a number"},
	{"1 ", 0, "is not a number"},
	{"1f", 0, "is not a number"},
	{"18446744073709551616", 0, "does not fit 64 bits"},
	{"0x10000000000000000", 0, "does not fit 64 bits"},
	{"0x400000000G", 0, "does not fit 64 bits"},
};

static void number_rows(void)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t value = 0x5a5a;
		const char *why = number_parse(numbers[i].text, strlen(numbers[i].text), &value);

		check_row = numbers[i].text;
		CHECK_STR(why ? why : "good", numbers[i].why ? numbers[i].why : "good");
		CHECK_EQ(value, numbers[i].why ? 0x5a5a : numbers[i].value);
	}
}

static const struct {
	const char *text;
	struct range expect;
} good[] = {
	{"gpa:0x5000+0x1000", {.base = RANGE_GPA, .start = 0x5000, .size = 0x1000}},
	{"gpa:1M+4K", {.base = RANGE_GPA, .start = 0x100000, .size = 0x1000}},
	{"gpa:0..1", {.base = RANGE_GPA, .start = 0, .size = 1}},
	{"gpa:0x1000..0x3000:w", {.base = RANGE_GPA, .start = 0x1000, .size = 0x2000, .stores_only = true}},
	{"gpa:0xfffffffffffff+1", {.base = RANGE_GPA, .start = 0xfffffffffffff, .size = 1}},
	{"va:0xffffffff81000000+8", {.base = RANGE_VA, .start = 0xffffffff81000000, .size = 8}},
	{"va:0xffffffffffffff00..0xffffffffffffffff", {.base = RANGE_VA, .start = 0xffffffffffffff00, .size = 0xff}},
	{"sym:banner", {.base = RANGE_SYM, .symbol = "banner"}},
	{"sym:banner:w", {.base = RANGE_SYM, .symbol = "banner", .stores_only = true}},
	{"sym:banner+0x10", {.base = RANGE_SYM, .symbol = "banner", .start = 0x10}},
	{"sym:banner,64", {.base = RANGE_SYM, .symbol = "banner", .size = 64}},
	{"sym:a.b$c+1K,2K:w", {.base = RANGE_SYM, .symbol = "a.b$c", .start = 1024, .size = 2048, .stores_only = true}},
	{"sym:w", {.base = RANGE_SYM, .symbol = "w"}},
	{"sym:u:u", {.base = RANGE_SYM, .symbol = "u", .of_user = true}},
	{"va:0x1000+8:u", {.base = RANGE_VA, .start = 0x1000, .size = 8, .of_user = true}},
	{"va:0x1000+8:u:w", {.base = RANGE_VA, .start = 0x1000, .size = 8, .of_user = true, .stores_only = true}},
	{"va:0x1000+8:w:u", {.base = RANGE_VA, .start = 0x1000, .size = 8, .of_user = true, .stores_only = true}},
};

static void good_rows(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct range range = {0};
		struct error e = {0};

		check_row = good[i].text;
		CHECK_EQ(range_parse(good[i].text, &range, &e), 0);
		CHECK_STR(e.text, "");
		CHECK_EQ(range.base, good[i].expect.base);
		CHECK_EQ(range.start, good[i].expect.start);
		CHECK_EQ(range.size, good[i].expect.size);
		CHECK_EQ(range.stores_only, good[i].expect.stores_only);
		CHECK_EQ(range.of_user, good[i].expect.of_user);
		CHECK_STR(range.symbol, good[i].expect.symbol);
		CHECK(range.text == good[i].text);
	}
}

static const struct {
	const char *text, *why;
} bad[] = {
	{"", "expected gpa:, va: or sym: at its start"},
	{":w", "expected gpa:, va: or sym: at its start"},
	{"0x1000+0x1000", "expected gpa:, va: or sym: at its start"},
	{"GPA:0+1", "expected gpa:, va: or sym: at its start"},
	{"gpa", "expected gpa:, va: or sym: at its start"},
	{"gpa:", "expected START+SIZE or START..END"},
	{"gpa:w", "expected START+SIZE or START..END"},
	{"gpa::w", "expected START+SIZE or START..END"},
	{"va:w", "expected START+SIZE or START..END"},
	{"gpa:0x1000", "expected START+SIZE or START..END"},
	{"gpa:0x1000-0x2000", "expected START+SIZE or START..END"},
	{"gpa:+4", "the start is missing"},
	{"gpa:4+", "the size is missing"},
	{"gpa:..4", "the start is missing"},
	{"gpa:4..", "the end is missing"},
	{"gpa:0x1000+zz", "size 'zz' is not a number"},
	{"gpa:0x1000+4K+4K", "size '4K+4K' is not a number"},
	{"gpa:0..4..8", "end '4..8' is not a number"},
	{"gpa:0..+8", "end '+8' is not a number"},
	{"gpa:oops+4", "start 'oops' is not a number"},
	{"gpa:0+4:r", "size '4:r' is not a number"},
	{"gpa:0+4:w:w", "size '4:w' is not a number"},
	{"gpa:0+4:u", "':u' is for virtual addresses"},
	{"gpa:0+4:u:w", "':u' is for virtual addresses"},
	{"va:0+4:u:u", "size '4:u' is not a number"},
	{"sym:a:u:u", "symbol 'a:u' holds a ':' or '='"},
	{"gpa:0x10000000000000000+1", "start '0x10000000000000000' does not fit 64 bits"},
	{"gpa:0+0", "the range is empty"},
	{"gpa:8..8", "the range is empty"},
	{"gpa:8..4", "the end is below the start"},
	{"va:0xfffffffffffff000+0x1001", "the range wraps around the end of the address space"},
	{"va:0xfffffffffffff000+0x1000", "the range wraps around the end of the address space"},
	{"gpa:0xffffffffffffffff+1", "the range wraps around the end of the address space"},
	{"gpa:0xfffffffffffff+2", "the range goes beyond the 52 bits of a physical address"},
	{"sym:", "the symbol's name is missing"},
	{"sym:+4", "the symbol's name is missing"},
	{"sym:,4", "the symbol's name is missing"},
	{"sym:a+", "the offset is missing"},
	{"sym:a,", "the size is missing"},
	{"sym:a+x", "offset 'x' is not a number"},
	{"sym:a,x", "size 'x' is not a number"},
	{"sym:a,0", "the range is empty"},
	{"sym:a,4+4", "size '4+4' is not a number"},
	{"sym:a:b", "symbol 'a:b' holds a ':' or '='"},
	{"sym:a+0xffffffffffffffff,2", "the range wraps around the end of the address space"},
};

static void bad_rows(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct range range = {.start = 77}, before = range;
		struct error e = {0};
		char expect[512];

		check_row = bad[i].text;
		snprintf(expect, sizeof(expect), "range '%s': %s", bad[i].text, bad[i].why);
		CHECK_EQ(range_parse(bad[i].text, &range, &e), -1);
		CHECK_STR(e.text, expect);
		CHECK_EQ(e.status, STATUS_USAGE);
		CHECK(memcmp(&range, &before, sizeof(range)) == 0);
	}
}

static void long_names(void)
{
	char text[4 + 128 + 1] = "sym:";
	struct range range;
	struct error e;

	memset(text + 4, 'a', 127);
	CHECK_EQ(range_parse(text, &range, &e), 0);
	CHECK_EQ(strlen(range.symbol), 127);
	text[4 + 127] = 'a';
	CHECK_EQ(range_parse(text, &range, &e), -1);
	CHECK(strstr(e.text, "longer than 127 characters"));
}

CHECK_MAIN(CHECK_TEST(number_rows), CHECK_TEST(good_rows), CHECK_TEST(bad_rows), CHECK_TEST(long_names))
