#include "vmm/device/screen_png.h"

#include <png.h>
#include <stdlib.h>

/* Blue, green, red, and bright; brown is dark yellow. */
static const uint8_t colors[16][3] = {
	{0x00, 0x00, 0x00}, {0x00, 0x00, 0xaa}, {0x00, 0xaa, 0x00}, {0x00, 0xaa, 0xaa},
	{0xaa, 0x00, 0x00}, {0xaa, 0x00, 0xaa}, {0xaa, 0x55, 0x00}, {0xaa, 0xaa, 0xaa},
	{0x55, 0x55, 0x55}, {0x55, 0x55, 0xff}, {0x55, 0xff, 0x55}, {0x55, 0xff, 0xff},
	{0xff, 0x55, 0x55}, {0xff, 0x55, 0xff}, {0xff, 0xff, 0x55}, {0xff, 0xff, 0xff},
};

/* The lines of boxes go on between two characters: the ninth dot is then as the eighth. */
static bool goes_on(uint8_t character)
{
	return character >= 0xc0 && character <= 0xdf;
}

static void draw_cell(const uint8_t *cell, const struct font *font, uint8_t dots[][SCREEN_PNG_WIDTH], unsigned left)
{
	uint8_t ink = cell[1] & 0xf, paper = cell[1] >> 4 & 7;

	for (unsigned y = 0; y < FONT_HEIGHT; y++) {
		unsigned line = (unsigned)font->lines[cell[0]][y] << 1;

		if (goes_on(cell[0]))
			line |= line >> 1 & 1;
		for (unsigned x = 0; x < SCREEN_PNG_CELL; x++)
			dots[y][left + x] = line >> (FONT_WIDTH - x) & 1 ? ink : paper;
	}
}

void screen_dots(const uint8_t cells[SCREEN_SIZE], const struct font *font,
		 uint8_t dots[SCREEN_PNG_HEIGHT][SCREEN_PNG_WIDTH])
{
	for (unsigned i = 0; i < SCREEN_COLUMNS * SCREEN_ROWS; i++)
		draw_cell(cells + 2 * i, font, dots + i / SCREEN_COLUMNS * FONT_HEIGHT,
			  i % SCREEN_COLUMNS * SCREEN_PNG_CELL);
}

int screen_png(const uint8_t cells[SCREEN_SIZE], const struct font *font, FILE *out)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = SCREEN_PNG_WIDTH,
		.height = SCREEN_PNG_HEIGHT,
		.format = PNG_FORMAT_RGB_COLORMAP,
		.colormap_entries = sizeof(colors) / sizeof(colors[0]),
	};
	uint8_t(*dots)[SCREEN_PNG_WIDTH] = calloc(SCREEN_PNG_HEIGHT, SCREEN_PNG_WIDTH);
	int written;

	if (!dots)
		return -1;
	screen_dots(cells, font, dots);
	written = png_image_write_to_stdio(&image, out, 0, dots, SCREEN_PNG_WIDTH, colors);
	free(dots);
	return written && fflush(out) == 0 ? 0 : -1;
}
