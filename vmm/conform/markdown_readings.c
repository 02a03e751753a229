/* markdown_readings.c: the part of docs/conformance.md on Capstone and Zydis. */
#include "vmm/conform/markdown.h"
#include "vmm/conform/table_file.h"

#include <stdlib.h>
#include <string.h>

/* The fields of a line "# differs", in its order: vmm/conform/readings.c. */
enum { D_WHO, D_HOW, D_ENCODING, D_OPCODE, D_FORM, D_CASES, D_SAME, D_DIFFERENT, D_BYTES, D_OURS, D_THEIRS, D_FIELDS };

#define KEY_FIELDS D_CASES
#define UNREAD "cannot read it"

struct difference {
	char *line; /* owned: the fields are within */
	char *fields[D_FIELDS];
	unsigned long long cases, same, different;
};

struct differences {
	unsigned count, capacity;
	struct difference *list;
	unsigned long long agreed[2]; /* by Capstone, by Zydis: instructions that decode() looked at */
};

static struct difference *find(struct differences *all, char *const f[D_FIELDS])
{
	for (unsigned i = 0; i < all->count; i++) {
		unsigned k = 0;

		while (k < KEY_FIELDS && strcmp(all->list[i].fields[k], f[k]) == 0)
			k++;
		if (k == KEY_FIELDS)
			return &all->list[i];
	}
	return NULL;
}

static struct difference *add(struct differences *all, const char *value)
{
	struct difference *d;

	if (all->count == all->capacity) {
		unsigned capacity = all->capacity ? 2 * all->capacity : 256;
		struct difference *more = realloc(all->list, capacity * sizeof(*more));

		if (!more)
			return NULL;
		all->list = more;
		all->capacity = capacity;
	}
	d = &all->list[all->count];
	*d = (struct difference){.line = strdup(value)};
	if (!d->line)
		return NULL;
	all->count++;
	table_file_split(d->line, d->fields, D_FIELDS);
	return d;
}

static int take_difference(struct differences *all, const char *path, char *value, struct error *e)
{
	char copy[TABLE_LINE], *f[D_FIELDS];
	struct difference *d;

	value[strcspn(value, "\n")] = '\0';
	snprintf(copy, sizeof(copy), "%s", value);
	if (table_file_split(copy, f, D_FIELDS) != D_FIELDS)
		return error_set(e, STATUS_INPUT, "%s: not %u fields in \"# differs %.60s\"", path, D_FIELDS, value);
	d = find(all, f);
	if (!d)
		d = add(all, value);
	if (!d)
		return error_set(e, STATUS_HOST, "out of memory");
	d->cases += strtoull(f[D_CASES], NULL, 10);
	d->same += strtoull(f[D_SAME], NULL, 10);
	d->different += strtoull(f[D_DIFFERENT], NULL, 10);
	return 0;
}

/* "Zydis | EVEX | agrees | 17" */
static void take_agreement(struct differences *all, const char *value)
{
	const char *number = strstr(value, "| agrees | ");

	if (number)
		all->agreed[strncmp(value, "Zydis", 5) == 0] += strtoull(number + 11, NULL, 10);
}

static int take(struct differences *all, const char *path, struct error *e)
{
	FILE *file = table_file_open(path, e);
	char line[TABLE_LINE];
	int err = file ? 0 : -1;

	while (err == 0 && fgets(line, sizeof(line), file) && line[0] == '#') {
		const char *differs = table_file_value(line, "differs"), *reading = table_file_value(line, "reading");

		if (reading)
			take_agreement(all, reading);
		if (differs)
			err = take_difference(all, path, line + (differs - line), e);
	}
	if (file)
		fclose(file);
	return err;
}

static bool is_of(const struct difference *d, const struct difference *kind)
{
	for (unsigned k = 0; k <= D_ENCODING; k++)
		if (strcmp(d->fields[k], kind->fields[k]) != 0)
			return false;
	return true;
}

static bool begins(const struct differences *all, unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (is_of(&all->list[i], &all->list[index]))
			return false;
	return true;
}

static void tell_sums(const struct differences *all, FILE *out)
{
	fputs("| decoder | it | encoding | forms | cases | compared with the CPU: as the table says | otherwise |\n"
	      "|---|---|---|--:|--:|--:|--:|\n",
	      out);
	for (unsigned i = 0; i < all->count; i++) {
		const struct difference *kind = &all->list[i];
		unsigned long long cases = 0, same = 0, different = 0;
		unsigned forms = 0;

		if (!begins(all, i))
			continue;
		for (unsigned k = i; k < all->count; k++) {
			const struct difference *d = &all->list[k];

			if (!is_of(d, kind))
				continue;
			forms++;
			cases += d->cases;
			same += d->same;
			different += d->different;
		}
		fprintf(out, "| %s | %s | %s | %u | %llu | %llu | %llu |\n", kind->fields[D_WHO], kind->fields[D_HOW],
			kind->fields[D_ENCODING][0] ? kind->fields[D_ENCODING] : "(not decoded)", forms, cases, same,
			different);
	}
}

static bool is_unread(const struct difference *d)
{
	return strcmp(d->fields[D_HOW], UNREAD) == 0 && d->fields[D_FORM][0];
}

/* The names of the forms that one decoder cannot read, an encoding in a paragraph. */
static void tell_unread(const struct differences *all, FILE *out)
{
	for (unsigned i = 0; i < all->count; i++) {
		const char *last = "";

		if (!is_unread(&all->list[i]) || !begins(all, i))
			continue;
		fprintf(out, "\n%s cannot read, %s:", all->list[i].fields[D_WHO], all->list[i].fields[D_ENCODING]);
		for (unsigned k = i; k < all->count; k++) {
			const struct difference *d = &all->list[k];

			if (!is_of(d, &all->list[i]))
				continue;
			fprintf(out, "%s\n%s `%s`", *last ? ";" : "", d->fields[D_OPCODE], d->fields[D_FORM]);
			last = d->fields[D_FORM];
		}
		fputs(".\n", out);
	}
}

static void tell_others(const struct differences *all, FILE *out)
{
	fputs("\n| decoder | it | encoding | opcode | form | cases | as the table says | bytes | the table | it |\n"
	      "|---|---|---|---|---|--:|--:|---|---|---|\n",
	      out);
	for (unsigned i = 0; i < all->count; i++) {
		char *const *f = all->list[i].fields;

		if (is_unread(&all->list[i]))
			continue;
		fprintf(out, "| %s | %s | %s | %s | %s | %llu | %llu | %s | %s | %s |\n", f[D_WHO], f[D_HOW],
			f[D_ENCODING], f[D_OPCODE], f[D_FORM], all->list[i].cases, all->list[i].same, f[D_BYTES],
			f[D_OURS], f[D_THEIRS]);
	}
}

static const char words[] =
	"Both look at each newly decoded instruction: its length, and the address of its operand in memory.\n"
	"The closed table has the word, and one of the two must agree; where neither does, the instruction\n"
	"is not decoded, and goes by private step. Sizes and directions of theirs are not used. Capstone is asked "
	"with\n"
	"the legacy prefixes in the one order that it reads rightly. Counted are the cases of all runs; who is right\n"
	"the CPU says: the case has the operand where the table puts it, and ends as lodestore ends it.\n";

int markdown_readings(int count, char **tables, FILE *out, struct error *e)
{
	struct differences all = {.count = 0};
	int err = 0;

	for (int i = 0; i < count && err == 0; i++)
		err = take(&all, tables[i], e);
	if (err == 0) {
		fprintf(out,
			"%s\nOf all instructions that were looked at, Capstone agreed with the table on %llu, Zydis on "
			"%llu.\n\n",
			words, all.agreed[0], all.agreed[1]);
		tell_sums(&all, out);
		tell_unread(&all, out);
		tell_others(&all, out);
	}
	for (unsigned i = 0; i < all.count; i++)
		free(all.list[i].line);
	free(all.list);
	return err;
}
