/* heat_png.c: a heat map as PNG, with letters of our own. */
#include "vmm/trace/heat.h"

#include <ctype.h>
#include <inttypes.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#define GLYPH_WIDTH 6 /* pixels, with the gap after it */
#define GLYPH_HEIGHT 7
#define LINE 10
#define MARGIN 8
#define INK 0x202020
#define PAPER 0xffffff

/* Five bits a row, from the top. Capitals are drawn small. */
static const struct glyph {
	char letter;
	uint8_t rows[GLYPH_HEIGHT];
} glyphs[] = {
	{'0', {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}}, {'1', {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}},
	{'2', {0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f}}, {'3', {0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e}},
	{'4', {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}}, {'5', {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e}},
	{'6', {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}}, {'7', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08}},
	{'8', {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}}, {'9', {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}},
	{'a', {0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f}}, {'b', {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x1e}},
	{'c', {0x00, 0x00, 0x0e, 0x10, 0x10, 0x11, 0x0e}}, {'d', {0x01, 0x01, 0x0d, 0x13, 0x11, 0x11, 0x0f}},
	{'e', {0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e}}, {'f', {0x06, 0x09, 0x08, 0x1c, 0x08, 0x08, 0x08}},
	{'g', {0x00, 0x0f, 0x11, 0x11, 0x0f, 0x01, 0x0e}}, {'h', {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11}},
	{'i', {0x04, 0x00, 0x0c, 0x04, 0x04, 0x04, 0x0e}}, {'j', {0x02, 0x00, 0x06, 0x02, 0x02, 0x12, 0x0c}},
	{'k', {0x10, 0x10, 0x12, 0x14, 0x18, 0x14, 0x12}}, {'l', {0x0c, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}},
	{'m', {0x00, 0x00, 0x1a, 0x15, 0x15, 0x11, 0x11}}, {'n', {0x00, 0x00, 0x16, 0x19, 0x11, 0x11, 0x11}},
	{'o', {0x00, 0x00, 0x0e, 0x11, 0x11, 0x11, 0x0e}}, {'p', {0x00, 0x00, 0x1e, 0x11, 0x1e, 0x10, 0x10}},
	{'q', {0x00, 0x00, 0x0d, 0x13, 0x0f, 0x01, 0x01}}, {'r', {0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10}},
	{'s', {0x00, 0x00, 0x0e, 0x10, 0x0e, 0x01, 0x1e}}, {'t', {0x08, 0x08, 0x1c, 0x08, 0x08, 0x09, 0x06}},
	{'u', {0x00, 0x00, 0x11, 0x11, 0x11, 0x13, 0x0d}}, {'v', {0x00, 0x00, 0x11, 0x11, 0x11, 0x0a, 0x04}},
	{'w', {0x00, 0x00, 0x11, 0x11, 0x15, 0x15, 0x0a}}, {'x', {0x00, 0x00, 0x11, 0x0a, 0x04, 0x0a, 0x11}},
	{'y', {0x00, 0x00, 0x11, 0x11, 0x0f, 0x01, 0x0e}}, {'z', {0x00, 0x00, 0x1f, 0x02, 0x04, 0x08, 0x1f}},
	{'.', {0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c}}, {'_', {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1f}},
	{'-', {0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00}}, {'+', {0x00, 0x04, 0x04, 0x1f, 0x04, 0x04, 0x00}},
	{':', {0x00, 0x0c, 0x0c, 0x00, 0x0c, 0x0c, 0x00}}, {'(', {0x02, 0x04, 0x08, 0x08, 0x08, 0x04, 0x02}},
	{')', {0x08, 0x04, 0x02, 0x02, 0x02, 0x04, 0x08}}, {'[', {0x0e, 0x08, 0x08, 0x08, 0x08, 0x08, 0x0e}},
	{']', {0x0e, 0x02, 0x02, 0x02, 0x02, 0x02, 0x0e}},
};

struct canvas {
	unsigned width, height; /* pixels */
	uint8_t *pixels; /* red, green, blue */
};

static void dot(struct canvas *c, unsigned x, unsigned y, uint32_t colour)
{
	uint8_t *at;

	if (x >= c->width || y >= c->height)
		return;
	at = c->pixels + ((size_t)y * c->width + x) * 3;
	at[0] = (uint8_t)(colour >> 16);
	at[1] = (uint8_t)(colour >> 8);
	at[2] = (uint8_t)colour;
}

static void fill(struct canvas *c, unsigned x, unsigned y, unsigned width, unsigned height, uint32_t colour)
{
	for (unsigned dy = 0; dy < height; dy++)
		for (unsigned dx = 0; dx < width; dx++)
			dot(c, x + dx, y + dy, colour);
}

static void letter(struct canvas *c, unsigned x, unsigned y, char what)
{
	what = (char)tolower((unsigned char)what);
	for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++) {
		if (glyphs[i].letter != what)
			continue;
		for (unsigned row = 0; row < GLYPH_HEIGHT; row++)
			for (unsigned column = 0; column < 5; column++)
				if (glyphs[i].rows[row] >> (4 - column) & 1)
					dot(c, x + column, y + row, INK);
	}
}

static void text(struct canvas *c, unsigned x, unsigned y, const char *what)
{
	for (; *what; what++, x += GLYPH_WIDTH)
		letter(c, x, y, *what);
}

static unsigned text_width(const char *what)
{
	return (unsigned)strlen(what) * GLYPH_WIDTH;
}

/* Where the cells stand, and how large they are. */
struct place {
	unsigned left, top, cell;
};

static void paint(struct canvas *c, const struct heatmap *map, struct place at)
{
	unsigned every = (LINE + at.cell - 1) / at.cell, bottom = at.top + map->height * at.cell + 4;
	unsigned right = at.left + map->width * at.cell, wide = text_width(map->last);
	char most[64];

	fill(c, 0, 0, c->width, c->height, PAPER);
	text(c, at.left, MARGIN, map->width ? map->title : "no accesses");
	for (unsigned y = 0; y < map->height; y++) {
		for (unsigned x = 0; x < map->width; x++)
			fill(c, at.left + x * at.cell, at.top + y * at.cell, at.cell, at.cell,
			     heatmap_colour(heatmap_level(map, x, y, 256)));
		if (y % every == 0)
			text(c, at.left - MARGIN / 2 - text_width(map->rows[y]), at.top + y * at.cell, map->rows[y]);
	}
	text(c, at.left, bottom, map->first);
	/* beside the first one, where both do not fit under a narrow map */
	if (right < at.left + text_width(map->first) + wide + MARGIN)
		right = at.left + text_width(map->first) + wide + MARGIN;
	text(c, right - wide, bottom, map->last);
	snprintf(most, sizeof(most), "most in one place: %" PRIu64, map->most);
	text(c, at.left, bottom + LINE + 2, most);
}

static struct place place_of(const struct heatmap *map)
{
	struct place at = {2 * MARGIN, 2 * MARGIN + LINE, 8};

	for (unsigned y = 0; y < map->height; y++)
		if (text_width(map->rows[y]) + 2 * MARGIN > at.left)
			at.left = text_width(map->rows[y]) + 2 * MARGIN;
	while (at.cell > 1 && (map->width * at.cell > 1024 || map->height * at.cell > 1024))
		at.cell--;
	return at;
}

int heatmap_png(const struct heatmap *map, FILE *out)
{
	struct place at = place_of(map);
	unsigned wide = map->width * at.cell;
	struct canvas c = {.width = at.left + (wide > 320 ? wide : 320) + 2 * MARGIN,
			   .height = at.top + map->height * at.cell + 4 * LINE};
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = c.width, .height = c.height, .format = PNG_FORMAT_RGB};
	int written;

	c.pixels = calloc((size_t)c.width * c.height, 3);
	if (!c.pixels)
		return -1;
	paint(&c, map, at);
	written = png_image_write_to_stdio(&image, out, 0, c.pixels, (png_int_32)(c.width * 3), NULL);
	free(c.pixels);
	return written ? 0 : -1;
}
