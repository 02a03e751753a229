#include "vmm/device/screen.h"

#include <stdio.h>
#include <string.h>

#define NOWHERE (SCREEN_COLUMNS * SCREEN_ROWS)
#define NO_COLOR 0x100u

/* Code page 437: below 0x20, 0x7f, and from 0x80 on. */
static const uint16_t low[0x20] = {
	' ',    0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25d8, 0x25cb, 0x25d9,
	0x2642, 0x2640, 0x266a, 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7,
	0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const uint16_t high[0x80] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee,
	0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6,
	0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa,
	0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502,
	0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514,
	0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
	0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c,
	0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
	0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320,
	0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static unsigned unicode_of(uint8_t character)
{
	if (character < 0x20)
		return low[character];
	if (character == 0x7f)
		return 0x2302;
	return character < 0x80 ? character : high[character - 0x80];
}

/* UTF-8 of a character: at most three bytes. Returns how many. */
static size_t put_character(char *to, uint8_t character)
{
	unsigned code = unicode_of(character);

	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3f));
	to[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

static size_t put_place(char *to, unsigned cell)
{
	return (size_t)sprintf(to, "\033[%u;%uH", cell / SCREEN_COLUMNS + 1, cell % SCREEN_COLUMNS + 1);
}

/* Blue is a PC's lowest bit, and a terminal's highest. */
static unsigned terminal_color(unsigned color)
{
	return (color & 1) << 2 | (color & 2) | (color >> 2 & 1);
}

static size_t put_colors(char *to, uint8_t attribute)
{
	unsigned front = terminal_color(attribute & 7) + (attribute & 8 ? 90 : 30);

	return (size_t)sprintf(to, "\033[%u;%um", front, terminal_color(attribute >> 4 & 7) + 40);
}

size_t screen_draw(struct screen *s, const uint8_t cells[SCREEN_SIZE], unsigned cursor, char frame[SCREEN_FRAME])
{
	unsigned next = NOWHERE, colors = NO_COLOR; /* where the terminal writes next, and how */
	size_t used = 0;

	if (cursor > NOWHERE)
		cursor = NOWHERE;
	if (!s->cleared)
		used += (size_t)sprintf(frame, "\033[0m\033[2J");
	for (unsigned cell = 0; cell < NOWHERE; cell++) {
		const uint8_t *to = cells + 2 * cell;

		if (s->cleared && memcmp(to, s->cells + 2 * cell, 2) == 0)
			continue;
		if (next != cell)
			used += put_place(frame + used, cell);
		if (colors != to[1])
			used += put_colors(frame + used, to[1]);
		used += put_character(frame + used, to[0]);
		colors = to[1];
		next = (cell + 1) % SCREEN_COLUMNS ? cell + 1 : NOWHERE; /* terminals differ on what follows a line */
		memcpy(s->cells + 2 * cell, to, 2);
	}
	if (used == 0 && cursor == s->cursor)
		return 0;
	used += (size_t)sprintf(frame + used, "\033[0m");
	used += put_place(frame + used, cursor);
	s->cleared = true;
	s->cursor = cursor;
	return used;
}

size_t screen_lines(const uint8_t cells[SCREEN_SIZE], char lines[SCREEN_LINES])
{
	size_t used = 0;

	for (unsigned row = 0; row < SCREEN_ROWS; row++) {
		const uint8_t *line = cells + 2 * row * SCREEN_COLUMNS;
		unsigned length = SCREEN_COLUMNS;

		while (length > 0 && unicode_of(line[2 * (length - 1)]) == ' ')
			length--;
		for (unsigned i = 0; i < length; i++)
			used += put_character(lines + used, line[2 * i]);
		lines[used++] = '\n';
	}
	return used;
}
