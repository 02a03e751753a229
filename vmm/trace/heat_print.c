/* heat_print.c: a heat map on a terminal, and as SVG. */
#include "vmm/trace/heat.h"

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

static unsigned widest(const struct heatmap *map)
{
	size_t most = 0;

	for (unsigned y = 0; y < map->height; y++)
		if (strlen(map->rows[y]) > most)
			most = strlen(map->rows[y]);
	return (unsigned)most;
}

static void print_cell(const struct heatmap *map, unsigned x, unsigned y, bool colour, FILE *out)
{
	static const char shades[] = " .:-=+*#%@";

	if (colour)
		fprintf(out, "\033[48;5;%um \033[0m", cube(heatmap_colour(heatmap_level(map, x, y, 256))));
	else
		fputc(shades[heatmap_level(map, x, y, sizeof(shades) - 1)], out);
}

void heatmap_print(const struct heatmap *map, bool colour, FILE *out)
{
	unsigned margin;

	if (map->width == 0) {
		fputs("no accesses\n", out);
		return;
	}
	margin = widest(map);
	fprintf(out, "%s\n", map->title);
	for (unsigned y = 0; y < map->height; y++) {
		fprintf(out, "%*s |", (int)margin, map->rows[y]);
		for (unsigned x = 0; x < map->width; x++)
			print_cell(map, x, y, colour, out);
		fputs("|\n", out);
	}
	fprintf(out, "%*s  %s", (int)margin, "", map->first);
	for (size_t used = strlen(map->first) + strlen(map->last); used < map->width; used++)
		fputc(' ', out);
	fprintf(out, " %s\n%*s  most in one place: %" PRIu64 "\n", map->last, (int)margin, "", map->most);
}

#define CELL 8 /* pixels */

static void svg_text(double x, double y, const char *anchor, const char *text, FILE *out)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	words_xml(text, out);
	fputs("</text>\n", out);
}

static void svg_cells(const struct heatmap *map, double left, double top, double side, FILE *out)
{
	for (unsigned y = 0; y < map->height; y++) {
		for (unsigned x = 0; x < map->width; x++) {
			unsigned level = heatmap_level(map, x, y, 256);

			if (level)
				fprintf(out,
					"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
					"fill=\"#%06x\"><title>%" PRIu64 "</title></rect>\n",
					left + x * side, top + y * side, side, side, heatmap_colour(level),
					map->counts[(size_t)y * map->width + x]);
		}
	}
}

void heatmap_svg(const struct heatmap *map, FILE *out)
{
	double left = 8 + 6.2 * widest(map), top = 28, wide = map->width * CELL, high = map->height * CELL;
	/* a label wants two rows of cells */
	unsigned every = map->height > 1 ? 2 : 1;
	char most[64];

	if (wide < 240)
		wide = 240;
	snprintf(most, sizeof(most), "most in one place: %" PRIu64, map->most);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"monospace\" "
		"font-size=\"10\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		left + wide + 16, top + high + 40);
	svg_text(left, 16, "start", map->width ? map->title : "no accesses", out);
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%u\" height=\"%u\" fill=\"#%06x\"/>\n", left, top,
		map->width * CELL, map->height * CELL, heatmap_colour(0));
	svg_cells(map, left, top, CELL, out);
	for (unsigned y = 0; y < map->height; y += every)
		svg_text(left - 4, top + y * CELL + 8, "end", map->rows[y], out);
	svg_text(left, top + high + 14, "start", map->first, out);
	svg_text(left + map->width * CELL, top + high + 14, map->width * CELL < 240 ? "start" : "end", map->last, out);
	svg_text(left, top + high + 30, "start", most, out);
	fputs("</svg>\n", out);
}
