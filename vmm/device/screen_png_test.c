#include "vmm/device/screen_png.h"

#include "tests/check.h"

#include <png.h>
#include <stdlib.h>

/* A character's lines are its number, but for the first two, which are the real ones. */
static void fill_font(uint8_t bytes[256 * FONT_HEIGHT])
{
	static const uint8_t smile[] = {0, 0, 0x7e, 0x81, 0xa5, 0x81, 0x81, 0xbd, 0x99, 0x81, 0x81, 0x7e, 0, 0, 0, 0};

	for (unsigned i = 0; i < 256 * FONT_HEIGHT; i++)
		bytes[i] = (uint8_t)(i / FONT_HEIGHT);
	memset(bytes, 0, FONT_HEIGHT);
	memcpy(bytes + FONT_HEIGHT, smile, sizeof(smile));
}

static void letters_in_an_image(void)
{
	static uint8_t image[9000], none[64];
	struct font font = {.lines = {{7}}};

	memset(image, 0xff, sizeof(image));
	CHECK(!font_find(image, sizeof(image), &font));
	fill_font(image + 4001);
	CHECK(!font_find(image, 4001 + 4095, &font)); /* cut short */
	CHECK_EQ(font.lines[0][0], 7);
	CHECK(font_find(image, 4001 + 4096, &font));
	CHECK_EQ(font.lines[1][2], 0x7e);
	CHECK_EQ(font.lines[255][15], 255);
	CHECK(!font_find(none, 0, &font));
}

static void dots_of_characters(void)
{
	static uint8_t cells[SCREEN_SIZE], dots[SCREEN_PNG_HEIGHT][SCREEN_PNG_WIDTH];
	struct font font;
	static const struct {
		unsigned cell;
		uint8_t character, attribute;
		const char *line; /* its first: i ink, . paper */
		uint8_t ink, paper;
	} rows[] = {
		{0, 0xa5, 0x1f, "i.i..i.i.", 15, 1},   {1, 0xc1, 0x07, "ii.....ii", 7, 0}, /* goes on */
		{79, 0xdf, 0x9e, "ii.iiiiii", 14, 1}, /* the highest bit blinks on hardware */
		{80, 0xe1, 0x02, "iii....i.", 2, 0}, /* does not */
		{1999, 0xff, 0x70, "iiiiiiii.", 0, 7},
	};

	fill_font((uint8_t *)&font);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cells[2 * rows[i].cell] = rows[i].character;
		cells[2 * rows[i].cell + 1] = rows[i].attribute;
	}
	screen_dots(cells, &font, dots);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned x = 0; x < 9; x++)
			CHECK_EQ(dots[rows[i].cell / 80 * 16][rows[i].cell % 80 * 9 + x],
				 rows[i].line[x] == 'i' ? rows[i].ink : rows[i].paper);
}

static void the_picture_is_one(void)
{
	static uint8_t cells[SCREEN_SIZE];
	png_image image = {.version = PNG_IMAGE_VERSION};
	struct font font;
	FILE *file = tmpfile();
	uint8_t *pixels = calloc(SCREEN_PNG_HEIGHT, SCREEN_PNG_WIDTH * 3);

	fill_font((uint8_t *)&font);
	cells[2] = 0xff;
	cells[3] = 0x0c; /* bright red */
	CHECK_EQ(screen_png(cells, &font, file), 0);
	rewind(file);
	CHECK(png_image_begin_read_from_stdio(&image, file));
	image.format = PNG_FORMAT_RGB;
	CHECK_EQ(image.width, 720);
	CHECK_EQ(image.height, 400);
	CHECK(png_image_finish_read(&image, NULL, pixels, 720 * 3, NULL));
	CHECK_EQ(pixels[9 * 3], 0xff);
	CHECK_EQ(pixels[9 * 3 + 1], 0x55);
	CHECK_EQ(pixels[17 * 3], 0); /* the gap */
	CHECK_EQ(pixels[8 * 3], 0);
	free(pixels);
	fclose(file);
	file = fopen("/dev/full", "w");
	CHECK_EQ(screen_png(cells, &font, file), -1);
	fclose(file);
}

CHECK_MAIN(CHECK_TEST(letters_in_an_image), CHECK_TEST(dots_of_characters), CHECK_TEST(the_picture_is_one))
