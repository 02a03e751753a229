/*
 * catalog.c: a spec becomes a stack of keepers, built from its last item to its first.
 */
#include "capmodel/catalog.h"

#include "capmodel/keeper/kind.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct keeper_kind *const kinds[] = {
	&memory_kind, &zero_kind,  &rom_kind,  &counter_kind, &log_kind,
	&deny_kind,   &watch_kind, &step_kind, &flip_kind,    &device_kind,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define SPEC_SIZE sizeof(((struct keeper *)NULL)->spec)
#define NAMES_SIZE 128

/* Writes the error text; returns NULL. */
static struct keeper *refuse(char error[KEEPER_ERROR], const char *format, ...) __attribute__((format(printf, 2, 3)));

static struct keeper *refuse(char error[KEEPER_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, KEEPER_ERROR, format, args);
	va_end(args);
	return NULL;
}

/* "memory, zero, ..." */
static void list_names(char names[NAMES_SIZE])
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < KINDS && used < NAMES_SIZE; i++)
		used += (size_t)snprintf(names + used, NAMES_SIZE - used, "%s%s", i ? ", " : "", kinds[i]->name);
}

static const struct keeper_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

void keeper_init(struct keeper *k, const struct keeper_ops *ops)
{
	*k = (struct keeper){.ops = ops};
}

void keeper_free(struct keeper *k)
{
	if (!k)
		return;
	if (k->ops->free)
		k->ops->free(k);
}

/* One item of the spec: its number from 1, its text, and the item with all that follows it. */
struct item {
	unsigned number;
	char text[SPEC_SIZE];
	const char *suffix;
};

/*
 * Make the keeper of one item around args->inner. NULL on failure; args->inner is
 * then still the caller's.
 */
static struct keeper *make_item(struct item *item, struct keeper_args *args, char error[KEEPER_ERROR])
{
	char *text = item->text, *name = strsep(&text, ",");
	const struct keeper_kind *kind = find_kind(name);
	char names[NAMES_SIZE];
	struct keeper *k;

	list_names(names);
	if (!*name)
		return refuse(error, "item %u of the keeper has no name; expected one of %s", item->number, names);
	if (!kind)
		return refuse(error, "unknown keeper \"%s\"; expected one of %s", name, names);
	if (kind->wraps == WRAPS_ONE && !args->inner)
		return refuse(error, "%s: nothing follows for it to wrap; expected %s:KEEPER, as in %s:memory", name,
			      name, name);
	if (kind->wraps == WRAPS_NOTHING && args->inner)
		return refuse(error, "%s: wraps nothing, but \":%s\" follows", name, args->inner->spec);

	if (!args->answerer)
		args->answerer = kind->name;
	args->options = (struct options){.item = kind->name, .accepted = kind->options, .error = error};
	if (text && !options_split(&args->options, text))
		return NULL;
	k = kind->make(args);
	if (k)
		strcpy(k->spec, item->suffix); /* it fits: keeper_parse() has checked the whole */
	return k;
}

/* Cuts the last item off the first length bytes of spec; returns the length before it. */
static size_t last_item(const char *spec, size_t length, struct item *item)
{
	size_t start = length;

	while (start > 0 && spec[start - 1] != ':')
		start--;
	memcpy(item->text, spec + start, length - start);
	item->text[length - start] = '\0';
	item->suffix = spec + start;
	item->number = 1;
	for (size_t i = 0; i < start; i++)
		item->number += spec[i] == ':';
	return start;
}

/* A text that can be shown and kept: printable, and no longer than struct keeper can hold. */
static bool spec_is_plain(const char *spec, char error[KEEPER_ERROR])
{
	size_t length = strnlen(spec, SPEC_SIZE);

	if (length == SPEC_SIZE)
		return refuse(error, "the keeper \"%.40s...\" is longer than %zu characters", spec, SPEC_SIZE - 1) !=
		       NULL;
	for (size_t i = 0; i < length; i++)
		if (spec[i] <= ' ' || spec[i] > '~')
			return refuse(error, "character %zu of the keeper is 0x%02x; expected a printable one", i + 1,
				      (unsigned char)spec[i]) != NULL;
	return true;
}

struct keeper *keeper_parse(const char *spec, const struct keeper_env *env, char error[KEEPER_ERROR])
{
	struct keeper_args args = {.env = env};
	size_t left;

	if (!spec_is_plain(spec, error))
		return NULL;
	for (left = strlen(spec) + 1; left > 0;) {
		struct item item;
		struct keeper *k;

		left = last_item(spec, left - 1, &item); /* without the ":" or the end of the string */
		k = make_item(&item, &args, error);
		if (!k) {
			keeper_free(args.inner);
			return NULL;
		}
		args.inner = k;
	}
	return args.inner;
}

void keeper_catalog_print(FILE *out)
{
	for (size_t i = 0; i < KINDS; i++)
		fprintf(out, "  %-8s %s (%s)\n", kinds[i]->name, kinds[i]->meaning, kinds[i]->options);
}
