#include "vmm/device/keymap.h"

#include "tests/check.h"

static void keys_are_pressed_and_let_go(void)
{
	static const struct {
		const char *name, *typed;
		size_t used;
		unsigned ncodes;
		uint8_t codes[KEYMAP_CODES];
	} rows[] = {
		{"a letter", "a", 1, 2, {0x1e, 0x9e}},
		{"a capital", "A", 1, 4, {0x2a, 0x1e, 0x9e, 0xaa}},
		{"a digit", "1", 1, 2, {0x02, 0x82}},
		{"its shift", "!", 1, 4, {0x2a, 0x02, 0x82, 0xaa}},
		{"the last of a row", "/", 1, 2, {0x35, 0xb5}},
		{"backquote", "`", 1, 2, {0x29, 0xa9}},
		{"space", " ", 1, 2, {0x39, 0xb9}},
		{"enter", "\r", 1, 2, {0x1c, 0x9c}},
		{"new line", "\n", 1, 2, {0x1c, 0x9c}},
		{"tab", "\t", 1, 2, {0x0f, 0x8f}},
		{"backspace", "\177", 1, 2, {0x0e, 0x8e}},
		{"Ctrl-C", "\003", 1, 4, {0x1d, 0x2e, 0xae, 0x9d}},
		{"escape", "\033", 1, 2, {0x01, 0x81}},
		{"escape, and a key", "\033x", 1, 2, {0x01, 0x81}},
		{"left", "\033[D", 3, 4, {0xe0, 0x4b, 0xe0, 0xcb}},
		{"left, of an application", "\033OD", 3, 4, {0xe0, 0x4b, 0xe0, 0xcb}},
		{"page up", "\033[5~", 4, 4, {0xe0, 0x49, 0xe0, 0xc9}},
		{"F1", "\033OP", 3, 2, {0x3b, 0xbb}},
		{"F5", "\033[15~", 5, 2, {0x3f, 0xbf}},
		{"F12", "\033[24~", 5, 2, {0x58, 0xd8}},
		{"a sequence cut short", "\033[1", 1, 2, {0x01, 0x81}},
		{"no key", "\303", 1, 0, {0}},
		{"file separator", "\034", 1, 0, {0}},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t codes[KEYMAP_CODES] = {0};
		unsigned ncodes = 77;

		check_row = rows[i].name;
		CHECK_EQ(keymap_next((const uint8_t *)rows[i].typed, strlen(rows[i].typed), codes, &ncodes),
			 rows[i].used);
		CHECK_EQ(ncodes, rows[i].ncodes);
		CHECK(memcmp(codes, rows[i].codes, ncodes) == 0);
	}
}

/* Every byte makes whole presses: what is pressed is let go. */
static void no_byte_leaves_a_key_down(void)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		const uint8_t typed = (uint8_t)byte;
		uint8_t codes[KEYMAP_CODES];
		unsigned ncodes, down = 0;

		CHECK_EQ(keymap_next(&typed, 1, codes, &ncodes), 1);
		CHECK(ncodes <= KEYMAP_CODES);
		for (unsigned i = 0; i < ncodes; i++)
			down += codes[i] & 0x80 ? -1u : 1u;
		CHECK_EQ(down, 0);
		CHECK_EQ(ncodes > 0, (byte > 0 && byte < 28) || (byte >= 32 && byte < 128));
	}
}

CHECK_MAIN(CHECK_TEST(keys_are_pressed_and_let_go), CHECK_TEST(no_byte_leaves_a_key_down))
