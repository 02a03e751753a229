/* lodestore heatmap: where in memory, and when or by whom, as a picture. */
#include "vmm/trace/read/heat.h"

#include "vmm/cli/reading.h"
#include "vmm/cli/verbs.h"
#include "vmm/number.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum picture { PICTURE_TEXT, PICTURE_PNG, PICTURE_SVG };

struct request {
	struct reading reading;
	const char *by, *resolution, *output;
	bool force, help;
	enum heat_form form;
	enum picture picture;
	uint64_t width, height; /* cells */
};

static void print_help(void)
{
	puts("usage: lodestore heatmap [options] FILE\n"
	     "\n"
	     "Draw a trace's accesses: addresses from top to bottom and time from left to right, or one\n"
	     "function a line. Addresses that nobody touches are left out; with --symbols a row has the name\n"
	     "of what is touched most in it.\n"
	     "Times are those of view. FILE - is standard input.\n"
	     "\n"
	     "  --by time|function  what accesses are counted by, beside their address (default: time)\n"
	     "  --resol WxH     at most so many columns and rows (default: 64x24; in files 128x64)\n"
	     "  -o, --output F  a file, NAME.png or NAME.svg, and not the terminal\n"
	     "  --force         replace the file if it exists\n"
	     "  --help          print this");
	reading_help();
}

static int take_resolution(struct request *q, struct error *e)
{
	const char *text = q->resolution, *x = text ? strchr(text, 'x') : NULL;

	q->width = q->picture == PICTURE_TEXT ? 64 : 128;
	q->height = q->picture == PICTURE_TEXT ? 24 : 64;
	if (!text)
		return 0;
	if (!x || number_parse(text, (size_t)(x - text), &q->width) || number_parse(x + 1, strlen(x + 1), &q->height) ||
	    q->width == 0 || q->width > HEAT_SIDE_MAX || q->height == 0 || q->height > HEAT_SIDE_MAX)
		return error_set(e, STATUS_USAGE, "--resol: '%.80s' is not WxH, each 1 to %u", text, HEAT_SIDE_MAX);
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static int take_output(struct request *q, struct error *e)
{
	if (q->by && strcmp(q->by, "time") != 0 && strcmp(q->by, "function") != 0)
		return error_set(e, STATUS_USAGE, "--by: '%.80s' is not time or function", q->by);
	q->form = q->by && q->by[0] == 'f' ? HEAT_FUNCTION : HEAT_TIME;
	if (!q->output)
		q->picture = PICTURE_TEXT;
	else if (ends_with(q->output, ".png"))
		q->picture = PICTURE_PNG;
	else if (ends_with(q->output, ".svg"))
		q->picture = PICTURE_SVG;
	else
		return error_set(e, STATUS_USAGE, "--output: '%.160s' ends neither with .png nor with .svg", q->output);
	return take_resolution(q, e);
}

static int take_options(struct request *q, int argc, char **argv, const char **path, struct error *e)
{
	const struct reading_option own[] = {{"by", 0, NULL, &q->by},
					     {"resol", 0, NULL, &q->resolution},
					     {"output", 'o', NULL, &q->output},
					     {"force", 0, &q->force, NULL},
					     {NULL, 0, NULL, NULL}};
	int operands = reading_options(&q->reading, argc, argv, own, &q->help, e);

	if (operands < 0 || q->help)
		return operands < 0 ? -1 : 0;
	if (take_output(q, e) < 0)
		return -1;
	*path = reading_operand(argc, argv, operands, e);
	return *path ? 0 : -1;
}

/* The picture into its file, which is removed again if that fails. */
static int save(const struct request *q, const struct heatmap *map, struct error *e)
{
	FILE *out = fopen(q->output, q->force ? "we" : "wxe");
	int err = 0;

	if (!out)
		return error_set(e, STATUS_INPUT, "%.300s: %s%s", q->output, strerror(errno),
				 errno == EEXIST ? " (--force replaces it)" : "");
	if (q->picture == PICTURE_SVG)
		heatmap_svg(map, out);
	else
		err = heatmap_png(map, out);
	err |= ferror(out);
	if (fclose(out) == 0 && !err)
		return 0;
	unlink(q->output);
	return error_set(e, STATUS_HOST, "%.300s: cannot be written: %s", q->output, strerror(errno));
}

static int draw(struct request *q, const struct heat *h, struct error *e)
{
	struct heat_clock clock = {.start = reading_start(&q->reading), .hz = reading_hz(&q->reading)};
	struct heatmap map;
	int err = 0;

	if (heat_draw(h, (unsigned)q->width, (unsigned)q->height, clock, &map) < 0)
		return error_set(e, STATUS_HOST, "no memory for a heat map");
	if (q->picture == PICTURE_TEXT)
		heatmap_print(&map, isatty(STDOUT_FILENO), stdout);
	else
		err = save(q, &map, e);
	heatmap_free(&map);
	return err;
}

static int heatmap(struct request *q, const char *path, struct error *e)
{
	struct trace_record record;
	struct error unused;
	struct heat *h;
	int got;

	if (q->output && !q->force && access(q->output, F_OK) == 0)
		return error_set(e, STATUS_INPUT, "%.300s: it exists; --force replaces it", q->output);
	if (reading_open(&q->reading, path, e) < 0)
		return -1;
	h = heat_new(q->form, reading_places(&q->reading), 0);
	if (!h)
		return error_set(e, STATUS_HOST, "no memory for a heat map");
	while ((got = reading_next(&q->reading, &record, e)) > 0)
		heat_record(h, &record);
	if (draw(q, h, got < 0 ? &unused : e) < 0) /* what was read, where the rest cannot be */
		got = -1;
	heat_free(h);
	return got;
}

int verb_heatmap(int argc, char **argv)
{
	struct request q = {.by = NULL};
	const char *path = NULL;
	struct error e;
	int err = take_options(&q, argc, argv, &path, &e);

	if (err == 0 && q.help)
		print_help();
	else if (err == 0)
		err = heatmap(&q, path, &e);
	return reading_finish(&q.reading, err, &e);
}
