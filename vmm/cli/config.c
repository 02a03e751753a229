#include "vmm/cli/config.h"

#include "vmm/cli/config_scan.h"
#include "vmm/cli/option_table.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_SIZE_MAX ((size_t)1 << 20)
#define WHERE_MAX 320

/* What is being read, and for whom. */
struct reader {
	struct run_options *o;
	const char *path;
	struct error *e;
};

/* Where in the file: "machine.conf:3: virtual[0].range". */
struct where {
	char text[WHERE_MAX];
};

static struct where where_at(const struct reader *r, const config_setting_t *setting, const char *name)
{
	struct where where;

	snprintf(where.text, sizeof(where.text), "%.200s:%u: %.80s", r->path, config_setting_source_line(setting),
		 name);
	return where;
}

static const char *kind_expected(enum option_kind kind)
{
	switch (kind) {
	case OPTION_FLAG:
		return "true or false";
	case OPTION_NUMBER:
		return "a number, or a string such as \"4K\"";
	case OPTION_SECONDS:
		return "a number of seconds";
	case OPTION_TEXT:
		return "a string";
	case OPTION_PATH:
		return "a string, the name of a file";
	case OPTION_PAIR:
		return "a group";
	}
	return "?";
}

static const char *type_found(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "an integer";
	case CONFIG_TYPE_FLOAT:
		return "a float";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "a boolean";
	case CONFIG_TYPE_ARRAY:
		return "an array";
	case CONFIG_TYPE_LIST:
		return "a list";
	default:
		return "nothing known";
	}
}

/* path relative to the config's folder ("-" is no path); kept by the options. NULL without memory. */
static const char *resolve(const struct reader *r, const char *path)
{
	const char *slash = strrchr(r->path, '/');
	char *joined;
	const char *kept = NULL;

	if (!slash || path[0] == '/' || path[0] == '\0' || strcmp(path, "-") == 0)
		return path;
	if (asprintf(&joined, "%.*s/%s", (int)(slash - r->path), r->path, path) >= 0) {
		kept = run_options_keep(r->o, joined, strlen(joined));
		free(joined);
	}
	return kept;
}

/* An integer as the user meant it: libconfig gives hex ones with the top bit set as negative. */
static const char *integer_text(const struct reader *r, const config_setting_t *setting)
{
	bool hex = config_setting_get_format(setting) == CONFIG_FORMAT_HEX;
	long long value = config_setting_get_int64(setting);
	char text[32];

	if (!hex)
		snprintf(text, sizeof(text), "%lld", value);
	else if (config_setting_type(setting) == CONFIG_TYPE_INT)
		snprintf(text, sizeof(text), "0x%x", (unsigned)value);
	else
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return run_options_keep(r->o, text, strlen(text));
}

static const char *float_text(const struct reader *r, const config_setting_t *setting)
{
	char text[64];

	snprintf(text, sizeof(text), "%.17g", config_setting_get_float(setting));
	return run_options_keep(r->o, text, strlen(text));
}

/* Does a setting of this type make a value of this kind? */
static bool type_fits(int type, enum option_kind kind)
{
	bool integer = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;

	switch (kind) {
	case OPTION_FLAG:
		return type == CONFIG_TYPE_BOOL;
	case OPTION_NUMBER:
		return integer || type == CONFIG_TYPE_STRING;
	case OPTION_SECONDS:
		return integer || type == CONFIG_TYPE_FLOAT || type == CONFIG_TYPE_STRING;
	case OPTION_TEXT:
	case OPTION_PATH:
		return type == CONFIG_TYPE_STRING;
	case OPTION_PAIR:
		return type == CONFIG_TYPE_GROUP;
	}
	return false;
}

/* The setting's value as it would stand on the command line. NULL with *e filled. */
static const char *value_text(const struct reader *r, const config_setting_t *setting, enum option_kind kind,
			      const struct where *where)
{
	int type = config_setting_type(setting);
	const char *text;

	if (!type_fits(type, kind)) {
		error_set(r->e, STATUS_USAGE, "%s: expected %s, found %s", where->text, kind_expected(kind),
			  type_found(setting));
		return NULL;
	}
	if (type == CONFIG_TYPE_BOOL)
		text = config_setting_get_bool(setting) ? "true" : "false";
	else if (type == CONFIG_TYPE_STRING)
		text = config_setting_get_string(setting);
	else if (type == CONFIG_TYPE_FLOAT)
		text = float_text(r, setting);
	else
		text = integer_text(r, setting);
	if (text && kind == OPTION_PATH)
		text = resolve(r, text);
	if (!text)
		error_set(r->e, STATUS_HOST, "%s: no memory", where->text);
	return text;
}

/* One key of a pair's group. */
static const char *member_text(const struct reader *r, config_setting_t *group, const char *name, const char *key,
			       enum option_kind kind)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	struct where where;
	char full[96];

	if (!setting) {
		where = where_at(r, group, name);
		error_set(r->e, STATUS_USAGE, "%s: the key '%s' is missing", where.text, key);
		return NULL;
	}
	snprintf(full, sizeof(full), "%.60s.%.20s", name, key);
	where = where_at(r, setting, full);
	return value_text(r, setting, kind, &where);
}

static int read_pair(const struct reader *r, const struct option_row *row, config_setting_t *group, const char *name)
{
	struct where where = where_at(r, group, name);
	const char *first, *second;

	if (config_setting_type(group) != CONFIG_TYPE_GROUP)
		return error_set(r->e, STATUS_USAGE, "%s: expected a group { %s = ...; %s = ...; }, found %s",
				 where.text, row->first_key, row->second_key, type_found(group));
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		const char *key = config_setting_name(member);

		where = where_at(r, member, name);
		if (strcmp(key, row->first_key) != 0 && strcmp(key, row->second_key) != 0)
			return error_set(r->e, STATUS_USAGE, "%s: unknown key '%.80s', expected '%s' and '%s'",
					 where.text, key, row->first_key, row->second_key);
	}
	first = member_text(r, group, name, row->first_key, OPTION_TEXT);
	second = first ? member_text(r, group, name, row->second_key, row->second_kind) : NULL;
	where = where_at(r, group, name);
	return second ? option_apply(r->o, row, first, second, where.text, r->e) : -1;
}

static int read_value(const struct reader *r, const struct option_row *row, config_setting_t *setting, const char *name)
{
	struct where where = where_at(r, setting, name);
	const char *text;

	if (row->kind == OPTION_PAIR)
		return read_pair(r, row, setting, name);
	text = value_text(r, setting, row->kind, &where);
	return text ? option_apply(r->o, row, text, NULL, where.text, r->e) : -1;
}

static int read_setting(const struct reader *r, config_setting_t *setting)
{
	const char *key = config_setting_name(setting);
	const struct option_row *row = option_find(key);
	struct where where = where_at(r, setting, key);
	char name[64];

	if (!row)
		return error_set(r->e, STATUS_USAGE, "%s: unknown option; see 'lodestore run --help'", where.text);
	if (row->place == PLACE_LINE)
		return error_set(r->e, STATUS_USAGE, "%s: only the command line may say this", where.text);
	if (!row->repeatable)
		return read_value(r, row, setting, key);
	if (!config_setting_is_list(setting) && !config_setting_is_array(setting))
		return error_set(r->e, STATUS_USAGE, "%s: expected a list ( ... ), found %s", where.text,
				 type_found(setting));
	for (int i = 0; i < config_setting_length(setting); i++) {
		snprintf(name, sizeof(name), "%s[%d]", row->name, i);
		if (read_value(r, row, config_setting_get_elem(setting, (unsigned)i), name) < 0)
			return -1;
	}
	return 0;
}

int config_text_read(struct run_options *o, const char *path, const char *text, size_t length, struct error *e)
{
	struct reader r = {o, path, e};
	config_t config;
	char *copy;
	int err = 0;

	if (config_scan(path, text, length, e) < 0)
		return -1;
	copy = strndup(text, length);
	if (!copy)
		return error_set(e, STATUS_HOST, "%.200s: no memory", path);
	config_init(&config);
	config_set_include_dir(&config, "/dev/null"); /* nothing can be below it, should the scan miss one */
	if (!config_read_string(&config, copy)) {
		err = error_set(e, STATUS_INPUT, "%.200s:%d: %s", path, config_error_line(&config),
				config_error_text(&config));
	} else {
		config_setting_t *root = config_root_setting(&config);

		for (int i = 0; err == 0 && i < config_setting_length(root); i++)
			err = read_setting(&r, config_setting_get_elem(root, (unsigned)i));
	}
	config_destroy(&config);
	free(copy);
	return err;
}

int config_file_read(struct run_options *o, const char *path, struct error *e)
{
	char *text = malloc(CONFIG_SIZE_MAX + 1);
	FILE *file = fopen(path, "re");
	size_t length = 0;
	int err;

	if (text && file)
		length = fread(text, 1, CONFIG_SIZE_MAX + 1, file);
	if (!text)
		err = error_set(e, STATUS_HOST, "%.200s: no memory", path);
	else if (!file || ferror(file))
		err = error_set(e, STATUS_INPUT, "%.200s: %s", path, strerror(errno));
	else if (length > CONFIG_SIZE_MAX)
		err = error_set(e, STATUS_INPUT, "%.200s: larger than 1 MiB, not a config", path);
	else
		err = config_text_read(o, path, text, length, e);
	if (file)
		fclose(file);
	free(text);
	return err;
}
