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
	struct given_option *options; /* room for one an argument: each takes one at least */
	bool help; /* -h, of which one argument may hold many */
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

/* The options of another verb, among those of `run`. */
struct extras {
	const struct extra_option *options; /* or NULL */
	void *self;
};

/* getopt_long gives back EXTRA_BASE + the extra option's index. */
#define EXTRA_BASE 0x1000
#define SHORT_MAX 64

static unsigned extra_count(const struct extras *extras)
{
	unsigned count = 0;

	while (extras->options && extras->options[count].name)
		count++;
	return count;
}

static bool is_letter(const struct extra_option *extra)
{
	return extra->name[1] == '\0';
}

/* What getopt_long needs of the table; free() it. NULL without memory. */
static struct option *long_options(const struct extras *extras)
{
	unsigned count, used = 0;
	const struct option_row *rows = option_rows(&count);
	struct option *list = calloc(count + extra_count(extras) + 1, sizeof(*list));

	for (unsigned i = 0; list && i < count; i++) {
		if (rows[i].place == PLACE_OPERAND)
			continue;
		list[used++] = (struct option){.name = rows[i].name,
					       .has_arg = rows[i].value ? required_argument : no_argument,
					       .val = VALUE_BASE + (int)i};
	}
	for (unsigned i = 0; list && i < extra_count(extras); i++) {
		const struct extra_option *extra = &extras->options[i];

		if (!is_letter(extra))
			list[used++] = (struct option){.name = extra->name,
						       .has_arg = extra->value ? required_argument : no_argument,
						       .val = EXTRA_BASE + (int)i};
	}
	return list;
}

/* ":h", and the letters of the extra options. */
static void short_options(const struct extras *extras, char letters[SHORT_MAX])
{
	size_t used = (size_t)snprintf(letters, SHORT_MAX, ":h");

	for (unsigned i = 0; i < extra_count(extras) && used < SHORT_MAX - 3; i++)
		if (is_letter(&extras->options[i]))
			used += (size_t)snprintf(letters + used, SHORT_MAX - used, "%s%s", extras->options[i].name,
						 extras->options[i].value ? ":" : "");
}

/* The extra option that getopt_long gave back, or could not complete; NULL: it is none. */
static const struct extra_option *extra_of(const struct extras *extras, int value)
{
	unsigned count = extra_count(extras);

	if (value >= EXTRA_BASE)
		return (unsigned)(value - EXTRA_BASE) < count ? &extras->options[value - EXTRA_BASE] : NULL;
	for (unsigned i = 0; i < count && value < VALUE_BASE; i++)
		if (is_letter(&extras->options[i]) && extras->options[i].name[0] == value)
			return &extras->options[i];
	return NULL;
}

static const char *dashes(const struct extra_option *extra)
{
	return is_letter(extra) ? "-" : "--";
}

static int apply_extra(const struct extras *extras, const struct extra_option *extra, const char *value,
		       struct error *e)
{
	struct error why;

	if (extra->set(extras->self, extra->name, value, &why) == 0)
		return 0;
	return error_set(e, why.status, "%s%s: %s", dashes(extra), extra->name, why.text);
}

static int refuse_extra(int said, const struct extra_option *extra, struct error *e)
{
	if (said == ':')
		return error_set(e, STATUS_USAGE, "%s%s needs %s", dashes(extra), extra->name, extra->value);
	return error_set(e, STATUS_USAGE, "%s%s takes no value", dashes(extra), extra->name);
}

/* Why getopt_long said '?' or ':' at the argument before optind. */
static int refuse_argument(int said, char **argv, const struct extras *extras, struct error *e)
{
	unsigned count;
	const struct option_row *rows = option_rows(&count);
	const struct extra_option *extra = optopt ? extra_of(extras, optopt) : NULL;
	const char *text = argv[optind - 1];
	unsigned matches = 0;

	if (extra)
		return refuse_extra(said, extra, e);
	if (said == ':')
		return error_set(e, STATUS_USAGE, "--%s needs %s", rows[optopt - VALUE_BASE].name,
				 rows[optopt - VALUE_BASE].value);
	if (optopt >= VALUE_BASE)
		return error_set(e, STATUS_USAGE, "--%s takes no value", rows[optopt - VALUE_BASE].name);
	if (optopt)
		return error_set(e, STATUS_USAGE, "unknown option '-%c'; see 'lodestore %.20s --help'", optopt,
				 argv[0]);
	for (unsigned i = 0; i < count; i++)
		matches += strncmp(text, "--", 2) == 0 && strncmp(rows[i].name, text + 2, strcspn(text + 2, "=")) == 0;
	return error_set(e, STATUS_USAGE, "%s option '%.100s'; see 'lodestore %.20s --help'",
			 matches > 1 ? "ambiguous" : "unknown", text, argv[0]);
}

/* One thing that getopt_long gave back. */
static int take(int value, char **argv, const struct extras *extras, struct command_line *line, struct error *e)
{
	unsigned count;
	const struct option_row *rows = option_rows(&count);
	const struct extra_option *extra = value == '?' || value == ':' ? NULL : extra_of(extras, value);

	if (extra)
		return apply_extra(extras, extra, extra->value ? optarg : NULL, e);
	if (value == 'h')
		line->help = true;
	else if (value >= VALUE_BASE)
		line->options[line->count++] = (struct given_option){&rows[value - VALUE_BASE], optarg};
	else
		return refuse_argument(value, argv, extras, e);
	return 0;
}

/* A config's name, where an image's may stand: `lodestore run linux.conf vmlinuz`. */
static bool names_config(const char *operand)
{
	size_t length = strlen(operand);

	return length > 5 && strcmp(operand + length - 5, ".conf") == 0;
}

static void take_configs(struct command_line *line)
{
	for (; line->noperands && names_config(line->operands[0]); line->noperands--, line->operands++)
		line->options[line->count++] = (struct given_option){option_find("config"), line->operands[0]};
}

/* Sort argv into options and operands. line->options is to be freed in every case. */
static int line_read(int argc, char **argv, const struct extras *extras, struct command_line *line, struct error *e)
{
	struct option *list = long_options(extras);
	char letters[SHORT_MAX];
	int value, err = 0;

	line->options = calloc((size_t)argc + 1, sizeof(*line->options));
	if (!list || !line->options) {
		free(list);
		return error_set(e, STATUS_HOST, "no memory");
	}
	short_options(extras, letters);
	optind = 0; /* GNU getopt: start anew */
	opterr = 0;
	while (err == 0 && (value = getopt_long(argc, argv, letters, list, NULL)) != -1)
		err = take(value, argv, extras, line, e);
	line->noperands = argc - optind;
	line->operands = argv + optind;
	take_configs(line);
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

	o->help = o->help || line->help;
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
	return run_options_new_with(argc, argv, NULL, NULL, e);
}

struct run_options *run_options_new_with(int argc, char **argv, const struct extra_option *extra, void *self,
					 struct error *e)
{
	const struct extras extras = {extra, self};
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
	if (line_read(argc, argv, &extras, &line, e) == 0 && configs_apply(o, &line, e) == 0)
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
