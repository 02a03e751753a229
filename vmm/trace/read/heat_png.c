/* heat_png.c: a heat map as PNG, with letters of our own. */
#include "vmm/trace/read/heat.h"

#include <ctype.h>
#include <inttypes.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#define GLYPH_WIDTH HEAT_LETTER /* pixels, with the gap after it */
#define GLYPH_HEIGHT 7
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
	{'g', {0x00, 0x00, 0x0f, 0x11, 0x0f, 0x01, 0x0e}}, {'h', {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11}},
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
	{']', {0x0e, 0x02, 0x02, 0x02, 0x02, 0x02, 0x0e}}, {',', {0x00, 0x00, 0x00, 0x00, 0x0c, 0x04, 0x08}},
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

/* upwards: turned to the left, from its lower left corner. */
static void letter(struct canvas *c, unsigned x, unsigned y, char what, bool upwards)
{
	what = (char)tolower((unsigned char)what);
	for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++) {
		if (glyphs[i].letter != what)
			continue;
		for (unsigned row = 0; row < GLYPH_HEIGHT; row++)
			for (unsigned column = 0; column < 5; column++)
				if (glyphs[i].rows[row] >> (4 - column) & 1)
					dot(c, upwards ? x + row : x + column, upwards ? y - column : y + row, INK);
	}
}

static void text(struct canvas *c, unsigned x, unsigned y, const char *what)
{
	for (; *what; what++, x += GLYPH_WIDTH)
		letter(c, x, y, *what, false);
}

static unsigned text_width(const char *what)
{
	return (unsigned)strlen(what) * GLYPH_WIDTH;
}

static void upwards(struct canvas *c, unsigned x, unsigned y, const char *what)
{
	for (; *what; what++, y -= GLYPH_WIDTH)
		letter(c, x, y, *what, true);
}

static void paint_cells(struct canvas *c, const struct heatmap *map, const struct heat_picture *p)
{
	for (unsigned y = 0; y < map->height; y++)
		for (unsigned x = 0; x < map->width; x++)
			fill(c, p->left + x * p->wide, p->top + y * p->high, p->wide, p->high,
			     heatmap_colour(heatmap_level(map, x, y, 256)));
}

static void paint_gaps(struct canvas *c, const struct heatmap *map, const struct heat_picture *p)
{
	bool times = map->form == HEAT_TIME;

	for (unsigned i = 1; i < (times ? map->height : map->width); i++) {
		if (map->gaps[i] && times)
			fill(c, p->left, p->top + i * p->high, p->right - p->left, 1, HEAT_GAP);
		else if (map->gaps[i])
			fill(c, p->left + i * p->wide, p->top, 1, p->bottom - p->top, HEAT_GAP);
	}
}

static void paint_labels(struct canvas *c, const struct heatmap *map, const struct heat_picture *p)
{
	for (unsigned y = 0; y < map->height; y += p->every_row)
		text(c, p->left - 4 - text_width(map->rows[y]), p->top + y * p->high + (p->high > HEAT_LINE ? 2 : 0),
		     map->rows[y]);
	for (unsigned x = 0; x < map->width; x += p->every_column) {
		unsigned at = p->left + x * p->wide;

		if (map->form == HEAT_TIME)
			text(c, at, p->bottom + 4, map->columns[x]);
		else
			upwards(c, at + 1, p->bottom + 4 + text_width(map->columns[x]), map->columns[x]);
	}
}

static void paint_scale(struct canvas *c, const struct heatmap *map, const struct heat_picture *p)
{
	unsigned at = p->left + 2 * GLYPH_WIDTH, end = at + HEAT_SCALE_STEPS * HEAT_SCALE_WIDE;
	char most[HEAT_LABEL];

	for (unsigned i = map->most > 1 ? 0 : HEAT_SCALE_STEPS - 1; i < HEAT_SCALE_STEPS; i++)
		fill(c, at + i * HEAT_SCALE_WIDE, p->scale, HEAT_SCALE_WIDE, GLYPH_HEIGHT,
		     heatmap_colour(1 + i * 254 / (HEAT_SCALE_STEPS - 1)));
	heat_scale_text(map, most);
	if (map->most > 1)
		text(c, p->left, p->scale, "1");
	text(c, end + GLYPH_WIDTH, p->scale, most);
	if (map->any_gap)
		text(c, p->left, p->scale + HEAT_LINE + 2, HEAT_GAP_TEXT);
}

int heatmap_png(const struct heatmap *map, FILE *out)
{
	struct heat_picture p = heat_picture(map);
	struct canvas c = {.width = p.width, .height = p.height};
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = c.width, .height = c.height, .format = PNG_FORMAT_RGB};
	int written;

	c.pixels = calloc((size_t)c.width * c.height, 3);
	if (!c.pixels)
		return -1;
	fill(&c, 0, 0, c.width, c.height, PAPER);
	text(&c, p.left, MARGIN, heatmap_title(map));
	if (map->width) {
		paint_cells(&c, map, &p);
		paint_gaps(&c, map, &p);
		paint_labels(&c, map, &p);
		paint_scale(&c, map, &p);
	}
	written = png_image_write_to_stdio(&image, out, 0, c.pixels, (png_int_32)(c.width * 3), NULL);
	free(c.pixels);
	return written ? 0 : -1;
}
