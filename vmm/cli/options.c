#include "vmm/cli/options.h"

#include "vmm/access/run.h"
#include "vmm/boot/mode.h"
#include "vmm/cli/config.h"
#include "vmm/cli/option_table.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_DEFAULT (128ull << 20)
#define IMAGE_AT 0x100000 /* flat images, where --at says nothing */
#define IMAGE_AT_16 0x7c00 /* and those of 16-bit code: as a PC starts its boot sector */
#define MEMORY_BARE (16ull << 20)
#define HINT "see 'lodestore run --help'"

/* getopt_long gives back VALUE_BASE + the row's index: apart from any character. */
#define VALUE_BASE 0x100

struct kept_text {
	struct kept_text *next;
	char text[];
};

/* One option as it stood on the command line. */
struct given_option {
	const struct option_row *row;
	const char *value; /* NULL for a flag */
};

struct command_line {
	size_t count;
	struct given_option *options;
	int noperands;
	char **operands;
};

const char *run_options_keep(struct run_options *o, const char *text, size_t length)
{
	struct kept_text *kept = malloc(sizeof(*kept) + length + 1);

	if (!kept)
		return NULL;
	memcpy(kept->text, text, length);
	kept->text[length] = '\0';
	kept->next = o->kept;
	o->kept = kept;
	return kept->text;
}

void run_options_free(struct run_options *o)
{
	if (!o)
		return;
	while (o->kept) {
		struct kept_text *next = o->kept->next;

		free(o->kept);
		o->kept = next;
	}
	free(o);
}

/* What getopt_long needs of the table; free() it. NULL without memory. */
static struct option *long_options(void)
{
	unsigned count, used = 0;
	const struct option_row *rows = option_rows(&count);
	struct option *list = calloc(count + 1, sizeof(*list));

	for (unsigned i = 0; list && i < count; i++) {
		if (rows[i].place == PLACE_OPERAND)
			continue;
		list[used++] = (struct option){.name = rows[i].name,
					       .has_arg = rows[i].value ? required_argument : no_argument,
					       .val = VALUE_BASE + (int)i};
	}
	return list;
}

/* Why getopt_long said '?' or ':' at the argument before optind. */
static int refuse_argument(int said, char **argv, struct error *e)
{
	unsigned count;
	const struct option_row *rows = option_rows(&count);
	const char *text = argv[optind - 1];
	unsigned matches = 0;

	if (said == ':')
		return error_set(e, STATUS_USAGE, "--%s needs %s", rows[optopt - VALUE_BASE].name,
				 rows[optopt - VALUE_BASE].value);
	if (optopt >= VALUE_BASE)
		return error_set(e, STATUS_USAGE, "--%s takes no value", rows[optopt - VALUE_BASE].name);
	if (optopt)
		return error_set(e, STATUS_USAGE, "unknown option '-%c'; " HINT, optopt);
	for (unsigned i = 0; i < count; i++)
		matches += strncmp(text, "--", 2) == 0 && strncmp(rows[i].name, text + 2, strcspn(text + 2, "=")) == 0;
	return error_set(e, STATUS_USAGE, "%s option '%.100s'; " HINT, matches > 1 ? "ambiguous" : "unknown", text);
}

/* Sort argv into options and operands. line->options is to be freed in every case. */
static int line_read(int argc, char **argv, struct command_line *line, struct error *e)
{
	unsigned count;
	const struct option_row *rows = option_rows(&count);
	struct option *list = long_options();
	int value, err = 0;

	line->options = calloc((size_t)argc + 1, sizeof(*line->options));
	if (!list || !line->options) {
		free(list);
		return error_set(e, STATUS_HOST, "no memory");
	}
	optind = 0; /* GNU getopt: start anew */
	opterr = 0;
	while (err == 0 && (value = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
		if (value == 'h')
			line->options[line->count++] = (struct given_option){option_find("help"), NULL};
		else if (value >= VALUE_BASE)
			line->options[line->count++] = (struct given_option){&rows[value - VALUE_BASE], optarg};
		else
			err = refuse_argument(value, argv, e);
	}
	line->noperands = argc - optind;
	line->operands = argv + optind;
	free(list);
	return err;
}

/* FIRST=SECOND is split at the first '='. */
static int apply_pair(struct run_options *o, const struct given_option *given, const char *where, struct error *e)
{
	const char *equals = strchr(given->value, '=');
	const char *first;

	if (!equals)
		return error_set(e, STATUS_USAGE, "%s: expected %s, found '%.160s'", where, given->row->value,
				 given->value);
	first = run_options_keep(o, given->value, (size_t)(equals - given->value));
	if (!first)
		return error_set(e, STATUS_HOST, "no memory");
	return option_apply(o, given->row, first, equals + 1, where, e);
}

static int line_apply(struct run_options *o, const struct command_line *line, struct error *e)
{
	char where[32];

	for (size_t i = 0; i < line->count; i++) {
		const struct given_option *given = &line->options[i];
		int err;

		snprintf(where, sizeof(where), "--%s", given->row->name);
		if (given->row->kind == OPTION_PAIR)
			err = apply_pair(o, given, where, e);
		else
			err = option_apply(o, given->row, given->value ? given->value : "true", NULL, where, e);
		if (err < 0)
			return -1;
	}
	for (int i = 0; i < line->noperands; i++) {
		const struct option_row *row = option_find(i == 0 ? "image" : "module");

		if (option_apply(o, row, line->operands[i], NULL, row->value, e) < 0)
			return -1;
	}
	return 0;
}

static int configs_apply(struct run_options *o, const struct command_line *line, struct error *e)
{
	const struct option_row *config = option_find("config");

	for (size_t i = 0; i < line->count; i++) {
		if (line->options[i].row == config && config_file_read(o, line->options[i].value, e) < 0)
			return -1;
	}
	return 0;
}

/* The first option given that has no meaning with a protocol, as it stood on the command line. NULL: none. */
static const char *foreign_option(struct run_options *o, enum boot_kind kind)
{
	unsigned count;
	const struct option_row *rows = option_rows(&count);
	char name[32];

	for (unsigned i = 0; i < count; i++) {
		if (!rows[i].protocols || (rows[i].protocols & PROTOCOL(kind)) || !option_given(o, &rows[i]))
			continue;
		snprintf(name, sizeof(name), "%s%s", rows[i].place == PLACE_OPERAND ? "" : "--", rows[i].name);
		return run_options_keep(o, name, strlen(name));
	}
	return NULL;
}

/* What can only be said when all is known; what the image asks for is known later still. */
static int options_finish(struct run_options *o, struct error *e)
{
	struct boot_options *boot = &o->machine.boot;

	for (unsigned kind = BOOT_AUTO + 1; kind < BOOT_KINDS; kind++)
		boot->foreign[kind] = foreign_option(o, (enum boot_kind)kind);
	if (boot->foreign[boot->kind])
		return error_set(e, STATUS_USAGE, "%s has no meaning with boot protocol %s", boot->foreign[boot->kind],
				 boot_kind_name(boot->kind));
	if (!boot->image)
		return error_set(e, STATUS_USAGE, "no image to run; " HINT);
	if (boot_mode_row(boot->mode)->segmented && !option_given(o, option_find("at")))
		boot->image_at = (gpa_t){IMAGE_AT_16};
	if (!o->machine.memory)
		o->machine.memory = boot->kind == BOOT_BARE ? MEMORY_BARE : MEMORY_DEFAULT;
	return 0;
}

struct run_options *run_options_new(int argc, char **argv, struct error *e)
{
	struct run_options *o = calloc(1, sizeof(*o));
	struct command_line line = {0};
	int err = -1;

	if (!o) {
		error_set(e, STATUS_HOST, "no memory");
		return NULL;
	}
	o->machine.run_length = RUN_LENGTH_DEFAULT;
	o->machine.boot.page_size = PAGE_SIZE;
	o->machine.boot.image_at = (gpa_t){IMAGE_AT};
	if (line_read(argc, argv, &line, e) == 0 && configs_apply(o, &line, e) == 0)
		err = line_apply(o, &line, e);
	free(line.options);
	if (err == 0 && !o->help && !o->keepers)
		err = options_finish(o, e);
	if (err < 0) {
		run_options_free(o);
		return NULL;
	}
	return o;
}
