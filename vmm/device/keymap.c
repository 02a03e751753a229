#include "vmm/device/keymap.h"

#include <stdbool.h>
#include <string.h>

#define BREAK 0x80u
#define PREFIX 0xe0u
#define ESCAPE 0x1bu

#define CODE_ESCAPE 0x01
#define CODE_BACKSPACE 0x0e
#define CODE_TAB 0x0f
#define CODE_ENTER 0x1c
#define CODE_CTRL 0x1d
#define CODE_SHIFT 0x2a
#define CODE_SPACE 0x39

/* The rows of keys, from the scan code of their first one. */
static const struct {
	uint8_t first;
	const char *plain, *shifted;
} rows[] = {
	{0x02, "1234567890-=", "!@#$%^&*()_+"},
	{0x10, "qwertyuiop[]", "QWERTYUIOP{}"},
	{0x1e, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
	{0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
};

/* What terminals send for the other keys, behind Escape. */
static const struct {
	const char *text;
	uint8_t code;
	bool prefixed;
} sequences[] = {
	{"[A", 0x48, true},    {"[B", 0x50, true},    {"[C", 0x4d, true},    {"[D", 0x4b, true},
	{"OA", 0x48, true},    {"OB", 0x50, true},    {"OC", 0x4d, true},    {"OD", 0x4b, true},
	{"[H", 0x47, true},    {"[F", 0x4f, true},    {"OH", 0x47, true},    {"OF", 0x4f, true},
	{"[1~", 0x47, true},   {"[4~", 0x4f, true},   {"[2~", 0x52, true},   {"[3~", 0x53, true},
	{"[5~", 0x49, true},   {"[6~", 0x51, true},   {"OP", 0x3b, false},   {"OQ", 0x3c, false},
	{"OR", 0x3d, false},   {"OS", 0x3e, false},   {"[11~", 0x3b, false}, {"[12~", 0x3c, false},
	{"[13~", 0x3d, false}, {"[14~", 0x3e, false}, {"[15~", 0x3f, false}, {"[17~", 0x40, false},
	{"[18~", 0x41, false}, {"[19~", 0x42, false}, {"[20~", 0x43, false}, {"[21~", 0x44, false},
	{"[23~", 0x57, false}, {"[24~", 0x58, false}, {"[[A", 0x3b, false},  {"[[B", 0x3c, false},
	{"[[C", 0x3d, false},  {"[[D", 0x3e, false},  {"[[E", 0x3f, false},
};

static unsigned press(uint8_t codes[KEYMAP_CODES], uint8_t with, uint8_t code)
{
	unsigned n = 0;

	if (with)
		codes[n++] = with;
	codes[n++] = code;
	codes[n++] = (uint8_t)(code | BREAK);
	if (with)
		codes[n++] = (uint8_t)(with | BREAK);
	return n;
}

static unsigned press_prefixed(uint8_t codes[KEYMAP_CODES], uint8_t code)
{
	codes[0] = codes[2] = PREFIX;
	codes[1] = code;
	codes[3] = (uint8_t)(code | BREAK);
	return 4;
}

static unsigned press_printed(uint8_t codes[KEYMAP_CODES], uint8_t byte)
{
	for (size_t i = 0; byte && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *plain = strchr(rows[i].plain, byte), *shifted = strchr(rows[i].shifted, byte);

		if (plain)
			return press(codes, 0, (uint8_t)(rows[i].first + (plain - rows[i].plain)));
		if (shifted)
			return press(codes, CODE_SHIFT, (uint8_t)(rows[i].first + (shifted - rows[i].shifted)));
	}
	return 0;
}

static unsigned press_byte(uint8_t codes[KEYMAP_CODES], uint8_t byte)
{
	uint8_t letter[KEYMAP_CODES];

	switch (byte) {
	case ESCAPE:
		return press(codes, 0, CODE_ESCAPE);
	case '\b':
	case 0x7f:
		return press(codes, 0, CODE_BACKSPACE);
	case '\t':
		return press(codes, 0, CODE_TAB);
	case '\r':
	case '\n':
		return press(codes, 0, CODE_ENTER);
	case ' ':
		return press(codes, 0, CODE_SPACE);
	default:
		break;
	}
	if (byte == 0 || byte > 26)
		return press_printed(codes, byte);
	press_printed(letter, (uint8_t)(byte - 1 + 'a')); /* Ctrl and a letter */
	return press(codes, CODE_CTRL, letter[0]);
}

size_t keymap_next(const uint8_t *bytes, size_t count, uint8_t codes[KEYMAP_CODES], unsigned *ncodes)
{
	for (size_t i = 0; bytes[0] == ESCAPE && i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		size_t length = strlen(sequences[i].text);

		if (count <= length || memcmp(bytes + 1, sequences[i].text, length) != 0)
			continue;
		*ncodes = sequences[i].prefixed ? press_prefixed(codes, sequences[i].code)
						: press(codes, 0, sequences[i].code);
		return 1 + length;
	}
	*ncodes = press_byte(codes, bytes[0]);
	return 1;
}
