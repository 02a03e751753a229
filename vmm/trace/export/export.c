#include "vmm/trace/export/export.h"

#include "vmm/trace/export/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct export_format *const formats[] = {
	&export_lackey,     &export_din,    &export_xdin, &export_champsim,
	&export_drmemtrace, &export_chrome, &export_csv,  &export_sqlite,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

void export_print_formats(FILE *out)
{
	for (unsigned i = 0; i < FORMATS; i++)
		fprintf(out, "  %-10s %s\n", formats[i]->name, formats[i]->meaning);
}

static const struct export_format *find_format(const char *name, struct error *e)
{
	char names[256];
	size_t used = 0;

	for (unsigned i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", formats[i]->name);
	}
	error_set(e, STATUS_USAGE, "no format '%.80s': %s", name, names);
	return NULL;
}

int export_check_format(const char *name, struct error *e)
{
	return find_format(name, e) ? 0 : -1;
}

static int open_output(struct export *x, struct error *e)
{
	const char *output = x->options->output;

	if (x->format->database && strcmp(output, "-") == 0)
		return error_set(e, STATUS_USAGE, "%s: a database is a file: say -o FILE", x->format->name);
	if (result_open(&x->result, output, x->options->force, e) < 0)
		return -1;
	if (!x->format->database)
		x->out = x->result.out;
	else if (!x->result.beside)
		return error_set(e, STATUS_USAGE, "%s: a database is a file, and '%.200s' is none", x->format->name,
				 output);
	else
		result_close_stream(&x->result);
	return 0;
}

static int open_format(struct export *x, struct error *e)
{
	x->decoder = decoder_new();
	x->state = calloc(1, x->format->state_size ? x->format->state_size : 1);
	if (!x->decoder || !x->state)
		return error_set(e, STATUS_HOST, "out of memory");
	errno = 0;
	return x->format->open ? x->format->open(x, e) : 0;
}

struct export *export_open(const struct export_options *options, struct error *e)
{
	const struct export_format *format = find_format(options->format, e);
	struct export *x = format ? calloc(1, sizeof(*x)) : NULL;

	if (!x) {
		if (format)
			error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	x->format = format;
	x->options = options;
	if (open_output(x, e) == 0 && open_format(x, e) == 0)
		return x;
	export_drop(x);
	return NULL;
}

int export_put(struct export *x, const struct trace_record *r, struct error *e)
{
	if (x->format->record(x, r, e) < 0)
		return -1;
	return result_check(&x->result, e);
}

static void free_format(struct export *x)
{
	if (x->state && x->format->free)
		x->format->free(x);
	free(x->state);
	x->state = NULL;
	decoder_free(x->decoder);
}

int export_finish(struct export *x, struct error *e)
{
	int err = x->format->close ? x->format->close(x, e) : 0;

	if (err < 0) {
		export_drop(x);
		return -1;
	}
	free_format(x);
	err = result_finish(&x->result, e);
	free(x);
	return err;
}

void export_drop(struct export *x)
{
	if (!x)
		return;
	free_format(x);
	result_drop(&x->result);
	free(x);
}
