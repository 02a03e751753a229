/* Text that fits, text that does not, and bytes that harm terminals and JSON. */
#include "vmm/trace/read/words.h"

#include "tests/check.h"

#include <stdlib.h>

static void numbers(void)
{
	static const struct {
		uint64_t number;
		const char *decimal, *hex;
	} rows[] = {
		{0, "0", "0x0"},
		{9, "9", "0x9"},
		{10, "10", "0xa"},
		{0x1ff, "511", "0x1ff"},
		{UINT64_MAX, "18446744073709551615", "0xffffffffffffffff"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[32];

		check_row = rows[i].decimal;
		words_put_number(&(struct words){text, sizeof(text)}, rows[i].number);
		CHECK_STR(text, rows[i].decimal);
		words_put_hex(&(struct words){text, sizeof(text)}, rows[i].number);
		CHECK_STR(text, rows[i].hex);
	}
}

static void values(void)
{
	static const uint8_t bytes[16] = {0x01, 0x20, 0, 0x0a, 0, 0, 0, 0, 0x05};
	char text[64];

	words_put_value(&(struct words){text, sizeof(text)}, bytes, 1);
	CHECK_STR(text, "0x1");
	words_put_value(&(struct words){text, sizeof(text)}, bytes, 3);
	CHECK_STR(text, "0x2001");
	words_put_value(&(struct words){text, sizeof(text)}, bytes, 8);
	CHECK_STR(text, "0xa002001");
	words_put_value(&(struct words){text, sizeof(text)}, bytes, 16);
	CHECK_STR(text, "0x5000000000a002001");
	words_put_value(&(struct words){text, sizeof(text)}, bytes + 4, 4);
	CHECK_STR(text, "0x0");
}

/* Cut off at each length, it ends in a NUL and nothing is written behind. */
static void what_does_not_fit(void)
{
	for (size_t size = 1; size < 16; size++) {
		char text[16];
		struct words w = {text, size};

		memset(text, '#', sizeof(text));
		words_put_text(&w, "ab\n");
		words_put_hex(&w, 0x12);
		words_put_number(&w, 34);
		CHECK_EQ(strlen(text), size - 1 < 12 ? size - 1 : 12);
		CHECK(strncmp(text, "ab\\x0a0x1234", size - 1) == 0);
		for (size_t i = size; i < sizeof(text); i++)
			CHECK(text[i] == '#');
	}
}

static void strange_text(void)
{
	static const char strange[] = "a\"b\\c\n\x1b[31m\xe9 ";
	char text[64], *json;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	words_put_text(&(struct words){text, sizeof(text)}, strange);
	CHECK_STR(text, "a\"b\\c\\x0a\\x1b[31m\\xe9 ");
	words_json(strange, out);
	words_json("", out);
	fclose(out);
	CHECK_STR(json, "\"a\\\"b\\\\c\\u000a\\u001b[31m\\u00e9 \"\"\"");
	free(json);
}

CHECK_MAIN(CHECK_TEST(numbers), CHECK_TEST(values), CHECK_TEST(what_does_not_fit), CHECK_TEST(strange_text))
