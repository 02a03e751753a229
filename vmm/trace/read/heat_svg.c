/* heat_svg.c: a heat map as SVG, and where the parts of a picture stand. */
#include "vmm/trace/read/heat.h"

#include <inttypes.h>
#include <string.h>

#define MARGIN 8
#define WIDEST 1280 /* all cells together, if they can be so small */
#define SCALE_HIGH 8

static unsigned widest(char (*labels)[HEAT_LABEL], unsigned n)
{
	size_t most = 0;

	for (unsigned i = 0; i < n; i++)
		if (strlen(labels[i]) > most)
			most = strlen(labels[i]);
	return (unsigned)most * HEAT_LETTER;
}

static unsigned cell(unsigned most, unsigned cells)
{
	while (most > 1 && most * cells > WIDEST)
		most--;
	return most;
}

/* Names of functions and fields want a line each; times stand beside each other. */
struct heat_picture heat_picture(const struct heatmap *map)
{
	bool times = map->form == HEAT_TIME;
	unsigned column = widest(map->columns, map->width), label = times ? column + 2 * HEAT_LETTER : HEAT_LINE;
	struct heat_picture p = {.left = widest(map->rows, map->height) + 2 * MARGIN,
				 .top = 2 * MARGIN + HEAT_LINE,
				 .wide = cell(times ? 8 : HEAT_LINE, map->width),
				 .high = cell(times ? 8 : HEAT_LINE + 2, map->height)};
	unsigned least = (unsigned)strlen(heatmap_title(map)) * HEAT_LETTER;

	p.right = p.left + map->width * p.wide;
	p.bottom = p.top + map->height * p.high;
	p.every_row = (HEAT_LINE + p.high - 1) / p.high;
	p.every_column = (label + p.wide - 1) / p.wide;
	p.scale = p.bottom + (times ? HEAT_LINE : column) + 2 * MARGIN;
	p.width = (p.right > p.left + least ? p.right : p.left + least) + 2 * MARGIN;
	if (times) /* the last time may stand beyond the cells */
		p.width += column;
	p.height = p.scale + 2 * HEAT_LINE + MARGIN;
	return p;
}

static void put_text(unsigned x, unsigned y, const char *how, const char *text, FILE *out)
{
	fprintf(out, "<text transform=\"translate(%u,%u)%s>", x, y, how);
	words_xml(text, out);
	fputs("</text>\n", out);
}

#define START "\""
#define END "\" text-anchor=\"end\""
#define UPWARDS " rotate(-90)\" text-anchor=\"end\""

static void put_box(unsigned x, unsigned y, unsigned wide, unsigned high, uint32_t colour, FILE *out)
{
	fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#%06x\"", x, y, wide, high, colour);
}

static void put_cells(const struct heatmap *map, const struct heat_picture *p, FILE *out)
{
	for (unsigned y = 0; y < map->height; y++) {
		for (unsigned x = 0; x < map->width; x++) {
			unsigned level = heatmap_level(map, x, y, 256);

			if (!level)
				continue;
			put_box(p->left + x * p->wide, p->top + y * p->high, p->wide, p->high, heatmap_colour(level),
				out);
			fputs("><title>", out);
			words_xml(map->rows[y], out);
			fputs(", ", out);
			words_xml(map->columns[x], out);
			fprintf(out, ": %" PRIu64 "</title></rect>\n", map->counts[(size_t)y * map->width + x]);
		}
	}
}

static void put_labels(const struct heatmap *map, const struct heat_picture *p, FILE *out)
{
	bool times = map->form == HEAT_TIME;

	for (unsigned y = 0; y < map->height; y += p->every_row)
		put_text(p->left - 4, p->top + y * p->high + (p->high < HEAT_LINE ? 8 : 9), END, map->rows[y], out);
	for (unsigned x = 0; x < map->width; x += p->every_column) {
		if (times)
			put_text(p->left + x * p->wide, p->bottom + 14, START, map->columns[x], out);
		else
			put_text(p->left + x * p->wide + 8, p->bottom + 4, UPWARDS, map->columns[x], out);
	}
}

static void put_gaps(const struct heatmap *map, const struct heat_picture *p, FILE *out)
{
	bool times = map->form == HEAT_TIME;

	for (unsigned i = 1; i < (times ? map->height : map->width); i++) {
		if (!map->gaps[i])
			continue;
		if (times)
			put_box(p->left, p->top + i * p->high, p->right - p->left, 1, HEAT_GAP, out);
		else
			put_box(p->left + i * p->wide, p->top, 1, p->bottom - p->top, HEAT_GAP, out);
		fputs("/>\n", out);
	}
}

static void put_scale(const struct heatmap *map, const struct heat_picture *p, FILE *out)
{
	unsigned at = p->left + 2 * HEAT_LETTER, end = at + HEAT_SCALE_STEPS * HEAT_SCALE_WIDE;
	char most[HEAT_LABEL];

	for (unsigned i = map->most > 1 ? 0 : HEAT_SCALE_STEPS - 1; i < HEAT_SCALE_STEPS; i++) {
		put_box(at + i * HEAT_SCALE_WIDE, p->scale, HEAT_SCALE_WIDE, SCALE_HIGH,
			heatmap_colour(1 + i * 254 / (HEAT_SCALE_STEPS - 1)), out);
		fputs("/>\n", out);
	}
	heat_scale_text(map, most);
	if (map->most > 1)
		put_text(p->left, p->scale + 8, START, "1", out);
	put_text(end + HEAT_LETTER, p->scale + 8, START, most, out);
	if (map->any_gap)
		put_text(p->left, p->scale + 8 + HEAT_LINE + 2, START, HEAT_GAP_TEXT, out);
}

void heatmap_svg(const struct heatmap *map, FILE *out)
{
	struct heat_picture p = heat_picture(map);

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" font-family=\"monospace\" "
		"font-size=\"10\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		p.width, p.height);
	put_text(p.left, 16, START, heatmap_title(map), out);
	if (map->width) {
		put_box(p.left, p.top, p.right - p.left, p.bottom - p.top, heatmap_colour(0), out);
		fputs("/>\n", out);
		put_cells(map, &p, out);
		put_gaps(map, &p, out);
		put_labels(map, &p, out);
		put_scale(map, &p, out);
	}
	fputs("</svg>\n", out);
}
