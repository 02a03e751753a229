#include "vmm/cli/hex.h"

#include "tests/check.h"

static const struct {
	const char *text;
	size_t count;
	uint8_t bytes[8];
	const char *why; /* NULL: good */
} rows[] = {
	{"488b03", 3, {0x48, 0x8b, 0x03}, NULL},
	{"48 8B 03", 3, {0x48, 0x8b, 0x03}, NULL},
	{" 0x48,0X8b,\t0x03 ,", 3, {0x48, 0x8b, 0x03}, NULL},
	{"0x488b 03", 3, {0x48, 0x8b, 0x03}, NULL},
	{"", 0, {0}, NULL},
	{" , ", 0, {0}, NULL},
	{"0011223344556677", 8, {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}, NULL},
	{"4", 0, {0}, "'4' has an odd number of digits"},
	{"48 8", 0, {0}, "'8' has an odd number of digits"},
	{"0x", 0, {0}, "'0x' is not hexadecimal"},
	{"0x4", 0, {0}, "'0x4' has an odd number of digits"},
	{"48 zz", 0, {0}, "'zz' is not hexadecimal"},
	{"-1", 0, {0}, "'-1' is not hexadecimal"},
	{"001122334455667788", 0, {0}, "more than 8 bytes"},
};

static void hex_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t out[8] = {0};
		size_t count = 0;
		struct error e = {0};

		check_row = rows[i].text;
		CHECK_EQ(hex_append(rows[i].text, out, sizeof(out), &count, &e), rows[i].why ? -1 : 0);
		CHECK_STR(e.text, rows[i].why ? rows[i].why : "");
		CHECK_EQ(count, rows[i].count);
		CHECK(rows[i].why || memcmp(out, rows[i].bytes, sizeof(out)) == 0);
	}
}

static void words_add_up(void)
{
	uint8_t out[4] = {0};
	size_t count = 0;
	struct error e = {0};

	CHECK_EQ(hex_append("48", out, sizeof(out), &count, &e), 0);
	CHECK_EQ(hex_append("8b 03", out, sizeof(out), &count, &e), 0);
	CHECK_EQ(count, 3);
	CHECK_EQ(hex_append("11 22", out, sizeof(out), &count, &e), -1);
	CHECK_EQ(count, 3);
	CHECK_EQ(e.status, STATUS_USAGE);
}

CHECK_MAIN(CHECK_TEST(hex_rows), CHECK_TEST(words_add_up))
