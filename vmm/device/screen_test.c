#include "vmm/device/screen.h"

#include "tests/check.h"

static uint8_t cells[SCREEN_SIZE];
static char frame[SCREEN_FRAME + 1];
static char lines[SCREEN_LINES];

static void blank(void)
{
	for (unsigned i = 0; i < SCREEN_SIZE; i += 2) {
		cells[i] = ' ';
		cells[i + 1] = 0x07;
	}
}

static void set(unsigned row, unsigned column, uint8_t character, uint8_t colors)
{
	cells[2 * (row * SCREEN_COLUMNS + column)] = character;
	cells[2 * (row * SCREEN_COLUMNS + column) + 1] = colors;
}

static const char *draw(struct screen *s, unsigned cursor)
{
	size_t size = screen_draw(s, cells, cursor, frame);

	frame[size] = 0;
	return frame;
}

static void only_differences_are_drawn(void)
{
	static struct screen s;

	blank();
	CHECK(strncmp(draw(&s, 0), "\033[0m\033[2J\033[1;1H\033[37;40m  ", 24) == 0);
	CHECK_STR(draw(&s, 0), "");
	set(2, 5, 'A', 0x07);
	CHECK_STR(draw(&s, 0), "\033[3;6H\033[37;40mA\033[0m\033[1;1H");
	CHECK_STR(draw(&s, 0), "");
	CHECK_STR(draw(&s, 81), "\033[0m\033[2;2H"); /* the cursor alone */
	set(2, 5, 'B', 0x07);
	set(2, 6, 'C', 0x07);
	set(2, 8, 'D', 0x1f);
	CHECK_STR(draw(&s, 81), "\033[3;6H\033[37;40mBC\033[3;9H\033[97;44mD\033[0m\033[2;2H");
}

static void a_line_is_not_run_over(void)
{
	static struct screen s;

	blank();
	draw(&s, 0);
	set(0, 79, 'x', 0x07);
	set(1, 0, 'y', 0x07);
	CHECK_STR(draw(&s, 0), "\033[1;80H\033[37;40mx\033[2;1Hy\033[0m\033[1;1H");
}

static void colors_are_those_of_a_pc(void)
{
	static const struct {
		const char *name, *text;
		uint8_t attribute;
	} rows[] = {
		{"black on black", "\033[30;40m", 0x00}, {"blue", "\033[34;40m", 0x01},
		{"green", "\033[32;40m", 0x02},          {"red", "\033[31;40m", 0x04},
		{"yellow", "\033[93;40m", 0x0e},         {"white on red", "\033[97;41m", 0x4f},
		{"cyan on blue", "\033[36;44m", 0x13},   {"blinking is not told", "\033[37;40m", 0x87},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct screen s;

		check_row = rows[i].name;
		s = (struct screen){0};
		blank();
		draw(&s, 0);
		set(0, 0, '#', rows[i].attribute);
		CHECK_AT(strstr(draw(&s, 0), rows[i].text), "%s", frame + 1);
	}
}

static void characters_are_those_of_code_page_437(void)
{
	static const struct {
		uint8_t character;
		const char *text;
	} rows[] = {
		{0x00, " "}, {0x01, "☺"}, {0x1f, "▼"}, {0x20, " "}, {0x41, "A"}, {0x7e, "~"}, {0x7f, "⌂"},
		{0x80, "Ç"}, {0x84, "ä"}, {0xb0, "░"}, {0xc4, "─"}, {0xdb, "█"}, {0xe1, "ß"}, {0xff, "\302\240"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char expected[8];

		blank();
		set(0, 0, rows[i].character, 7);
		set(0, 1, '|', 7);
		snprintf(expected, sizeof(expected), "%s|\n", rows[i].text);
		screen_lines(cells, lines);
		CHECK_AT(strncmp(lines, expected, strlen(expected)) == 0, "0x%x", rows[i].character);
	}
}

/* Every cell anew, each of the longest kind: both fit where they are said to. */
static void the_largest_frames_fit(void)
{
	static struct screen s;
	size_t size;

	for (unsigned pass = 0; pass < 4; pass++) {
		for (unsigned i = 0; i < SCREEN_SIZE; i += 2) {
			if (pass % 2 && i % 4) /* every other cell only: each with its place */
				continue;
			cells[i] = (uint8_t)(0xdb + pass);
			cells[i + 1] = (uint8_t)(i / 2 % 2 ? 0xff - pass : 0x88 + pass);
		}
		size = screen_draw(&s, cells, UINT32_MAX, frame);
		CHECK(size > 0 && size <= SCREEN_FRAME);
	}
	size = screen_lines(cells, lines);
	CHECK_EQ(size, SCREEN_LINES);
}

static void lines_end_where_their_text_does(void)
{
	static const char expected[] = "\n\n  hi there\n\n";

	blank();
	for (unsigned i = 0; i < 8; i++)
		set(2, 2 + i, (uint8_t) "hi there"[i], 7);
	CHECK_EQ(screen_lines(cells, lines), 25 + 10);
	CHECK(strncmp(lines, expected, sizeof(expected) - 1) == 0);
}

CHECK_MAIN(CHECK_TEST(only_differences_are_drawn), CHECK_TEST(a_line_is_not_run_over),
	   CHECK_TEST(colors_are_those_of_a_pc), CHECK_TEST(characters_are_those_of_code_page_437),
	   CHECK_TEST(the_largest_frames_fit), CHECK_TEST(lines_end_where_their_text_does))
