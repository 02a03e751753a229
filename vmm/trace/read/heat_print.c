/* heat_print.c: a heat map on a terminal. */
#include "vmm/trace/read/heat.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

unsigned heatmap_level(const struct heatmap *map, unsigned x, unsigned y, unsigned levels)
{
	uint64_t count = map->counts[(size_t)y * map->width + x];

	if (count == 0)
		return 0;
	if (map->most == 1)
		return levels - 1;
	return 1 + (unsigned)(log((double)count) / log((double)map->most) * (levels - 2) + 0.5);
}

/* Between these: dark blue, violet, red, orange, light yellow. */
uint32_t heatmap_colour(unsigned level)
{
	static const uint8_t stops[5][3] = {
		{40, 30, 120}, {130, 35, 130}, {210, 60, 70}, {250, 150, 50}, {255, 250, 200}};
	unsigned at, part;
	uint32_t colour = 0;

	if (level == 0)
		return 0x101014;
	if (level > 255)
		level = 255;
	at = (level - 1) * 4 / 255;
	part = (level - 1) * 4 % 255;
	for (unsigned i = 0; i < 3; i++)
		colour = colour << 8 | (stops[at][i] * (255 - part) + stops[at + 1][i] * part) / 255;
	return colour;
}

/* Of the 6x6x6 cube of 256-colour terminals. */
static unsigned cube(uint32_t colour)
{
	unsigned r = (colour >> 16 & 255) * 5 / 255, g = (colour >> 8 & 255) * 5 / 255, b = (colour & 255) * 5 / 255;

	return 16 + 36 * r + 6 * g + b;
}

const char *heatmap_title(const struct heatmap *map)
{
	return map->width == 0          ? "no accesses"
	       : map->form == HEAT_TIME ? "accesses by address (down) and time since the start (across)"
					: "accesses by function (down) and address (across)";
}

void heat_scale_text(const struct heatmap *map, char text[HEAT_LABEL])
{
	if (map->most == 1)
		snprintf(text, HEAT_LABEL, "1 access");
	else
		snprintf(text, HEAT_LABEL, "%" PRIu64 " accesses, logarithmic", map->most);
}

static unsigned widest(const struct heatmap *map)
{
	size_t most = 0;

	for (unsigned y = 0; y < map->height; y++)
		if (strlen(map->rows[y]) > most)
			most = strlen(map->rows[y]);
	return (unsigned)most;
}

static const char shades[] = " .:-=+*#%@";
#define SHADES (unsigned)(sizeof(shades) - 1)

/* level: of 256; shade: of SHADES. */
static void print_shade(unsigned level, unsigned shade, bool colour, FILE *out)
{
	if (colour)
		fprintf(out, "\033[48;5;%um \033[0m", cube(heatmap_colour(level)));
	else
		fputc(shades[shade], out);
}

static void print_cell(const struct heatmap *map, unsigned x, unsigned y, bool colour, FILE *out)
{
	print_shade(heatmap_level(map, x, y, 256), heatmap_level(map, x, y, SHADES), colour, out);
}

/* The shades from few accesses to many. */
static void print_scale(const struct heatmap *map, bool colour, FILE *out)
{
	char most[HEAT_LABEL];

	heat_scale_text(map, most);
	if (map->most > 1)
		fputs("1 ", out);
	for (unsigned level = map->most > 1 ? 1 : SHADES - 1; level < SHADES; level++)
		print_shade(level * 255 / (SHADES - 1), level, colour, out);
	fprintf(out, " %s", most);
	if (map->any_gap && map->form == HEAT_TIME)
		fputs("; ~ addresses that nobody touches are left out before it", out);
	fputc('\n', out);
}

void heatmap_print(const struct heatmap *map, bool colour, FILE *out)
{
	unsigned margin;

	if (map->width == 0) {
		fputs("no accesses\n", out);
		return;
	}
	margin = widest(map);
	fprintf(out, "%s\n", heatmap_title(map));
	for (unsigned y = 0; y < map->height; y++) {
		bool gap = map->form == HEAT_TIME && map->gaps[y];

		fprintf(out, "%*s %c", (int)margin, map->rows[y], gap ? '~' : '|');
		for (unsigned x = 0; x < map->width; x++)
			print_cell(map, x, y, colour, out);
		fputs("|\n", out);
	}
	fprintf(out, "%*s  %s", (int)margin, "", map->first);
	for (size_t used = strlen(map->first) + strlen(map->last) + 1; used < map->width; used++)
		fputc(' ', out);
	fprintf(out, " %s\n%*s  ", map->last, (int)margin, "");
	print_scale(map, colour, out);
}
