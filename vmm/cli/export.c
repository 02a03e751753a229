/* lodestore export: a trace as other tools read it. */
#include "vmm/trace/export/export.h"
#include "vmm/cli/reading.h"
#include "vmm/cli/verbs.h"

#include <stdio.h>

struct request {
	struct reading reading;
	const char *format, *output;
	bool force, full, physical, help;
};

static void print_help(void)
{
	puts("usage: lodestore export -f FORMAT [-o FILE] [options] TRACE\n"
	     "\n"
	     "Write a trace as other tools read it. TRACE - is standard input.\n"
	     "\n"
	     "  -f, --format FORMAT  one of those below\n"
	     "  -o, --output FILE    where to; - is standard output, the default\n"
	     "  --force         replace FILE if it exists\n"
	     "  --full          chrome: each access, not added up\n"
	     "  --physical      guest-physical addresses where a format has one (else linear ones)\n"
	     "  --help          print this");
	reading_help();
	puts("Formats:");
	export_print_formats(stdout);
}

static int copy(struct request *q, struct export *x, struct error *e)
{
	struct trace_record record;
	int got;

	while ((got = reading_next(&q->reading, &record, e)) > 0)
		if (export_put(x, &record, e) < 0)
			return -1;
	return got;
}

static const char *function_at(const void *places, uint64_t rip)
{
	uint64_t start;

	return places_symbol(places, rip, &start);
}

static bool object_at(const void *places, uint64_t linear, char text[PLACE_TEXT])
{
	return places_object(places, linear, text);
}

static int convert(struct request *q, const char *path, struct error *e)
{
	struct export_options options = {
		.format = q->format,
		.output = q->output,
		.force = q->force,
		.full = q->full,
		.physical = q->physical,
	};
	struct export *x;

	if (reading_open(&q->reading, path, e) < 0)
		return -1;
	options.reader = q->reading.reader;
	options.self = reading_places(&q->reading);
	options.function = options.self ? function_at : NULL;
	options.object = options.self ? object_at : NULL;
	x = export_open(&options, e);
	if (!x)
		return -1;
	if (copy(q, x, e) == 0)
		return export_finish(x, e);
	export_drop(x);
	return -1;
}

static int take_options(struct request *q, int argc, char **argv, const char **path, struct error *e)
{
	const struct reading_option own[] = {
		{"format", 'f', NULL, &q->format}, {"output", 'o', NULL, &q->output},   {"force", 0, &q->force, NULL},
		{"full", 0, &q->full, NULL},       {"physical", 0, &q->physical, NULL}, {NULL, 0, NULL, NULL},
	};
	int operands = reading_options(&q->reading, argc, argv, own, &q->help, e);

	if (operands < 0)
		return -1;
	if (q->help)
		return 0;
	if (!q->format)
		return error_set(e, STATUS_USAGE, "no -f FORMAT; see 'lodestore export --help'");
	if (export_check_format(q->format, e) < 0)
		return -1;
	*path = reading_operand(argc, argv, operands, e);
	return *path ? 0 : -1;
}

int verb_export(int argc, char **argv)
{
	struct request q = {.output = "-"};
	const char *path = NULL;
	struct error e;
	int err = take_options(&q, argc, argv, &path, &e);

	if (err == 0 && q.help)
		print_help();
	else if (err == 0)
		err = convert(&q, path, &e);
	return reading_finish(&q.reading, err, &e);
}
