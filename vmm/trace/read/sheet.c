#include "vmm/trace/read/sheet.h"

#include "vmm/trace/read/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_WIDTH 12

void sheet_begin(struct sheet *s, FILE *out, bool json)
{
	*s = (struct sheet){.out = out, .json = json};
	if (json)
		fputc('{', out);
}

static void key_of(struct sheet *s, const char *key)
{
	fprintf(s->out, "%s\"%s\": ", s->started ? ",\n " : "", key);
	s->started = true;
}

void sheet_number(struct sheet *s, const char *key, const char *title, uint64_t number)
{
	if (!s->json) {
		fprintf(s->out, "%-28s %" PRIu64 "\n", title, number);
		return;
	}
	key_of(s, key);
	fprintf(s->out, "%" PRIu64, number);
}

void sheet_text(struct sheet *s, const char *key, const char *title, const char *text)
{
	if (!s->json) {
		fprintf(s->out, "%-28s %s\n", title, text);
		return;
	}
	key_of(s, key);
	words_json(text, s->out);
}

void sheet_section(struct sheet *s, const char *key, const char *title, const char *const *columns)
{
	s->columns = columns;
	s->rows = 0;
	if (!s->json) {
		fprintf(s->out, "\n%s\n", title);
		return;
	}
	key_of(s, key);
	fputc('[', s->out);
}

static void row_json(struct sheet *s, const struct sheet_value *values)
{
	fprintf(s->out, "%s{", s->rows ? ",\n  " : "");
	for (unsigned i = 0; s->columns[i]; i++) {
		fprintf(s->out, "%s\"%s\": ", i ? ", " : "", s->columns[i]);
		if (values[i].text)
			words_json(values[i].text, s->out);
		else
			fprintf(s->out, "%" PRIu64, values[i].number);
	}
	fputc('}', s->out);
}

/* A number is kept with a blank before it: that is what sets it to the right. */
static void keep(struct sheet *s, const struct sheet_value *value)
{
	char number[32];

	if (s->ncells == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		char **cells = reallocarray(s->cells, room, sizeof(*cells));

		if (!cells)
			return;
		s->cells = cells;
		s->room = room;
	}
	snprintf(number, sizeof(number), " %" PRIu64, value->number);
	s->cells[s->ncells++] = strdup(value->text ? value->text : number);
}

void sheet_row(struct sheet *s, const struct sheet_value *values)
{
	if (s->json)
		row_json(s, values);
	else
		for (unsigned i = 0; s->columns[i]; i++)
			keep(s, &values[i]);
	s->rows++;
}

static unsigned count_columns(const struct sheet *s)
{
	unsigned n = 0;

	while (s->columns[n])
		n++;
	return n;
}

/* Of the row at cells, or of the names of the columns, each set as the cells of the first row are. */
static void print_line(const struct sheet *s, const char *const *line, const int *widths, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const char *text = line[i] ? line[i] : "";
		bool number = s->cells[i] && s->cells[i][0] == ' ';

		if (number)
			fprintf(s->out, "%*s", widths[i], text + (text[0] == ' '));
		else
			fprintf(s->out, "  %-*s", i + 1 < n ? widths[i] : 0, text);
	}
	fputc('\n', s->out);
}

static void print_rows(const struct sheet *s)
{
	unsigned n = count_columns(s);
	int widths[SHEET_COLUMNS];

	if (s->ncells == 0)
		return;
	for (unsigned i = 0; i < n; i++)
		widths[i] = s->cells[i] && s->cells[i][0] == ' ' ? NUMBER_WIDTH : (int)strlen(s->columns[i]);
	for (size_t i = 0; i < s->ncells; i++)
		if (s->cells[i] && (int)strlen(s->cells[i]) > widths[i % n])
			widths[i % n] = (int)strlen(s->cells[i]);
	print_line(s, s->columns, widths, n);
	for (size_t i = 0; i + n <= s->ncells; i += n)
		print_line(s, (const char *const *)&s->cells[i], widths, n);
}

static void forget_rows(struct sheet *s)
{
	for (size_t i = 0; i < s->ncells; i++)
		free(s->cells[i]);
	s->ncells = 0;
}

void sheet_section_end(struct sheet *s, const char *key, uint64_t spilled)
{
	if (s->json) {
		fputc(']', s->out);
		if (spilled)
			fprintf(s->out, ",\n \"%s_not_counted\": %" PRIu64, key, spilled);
		return;
	}
	print_rows(s);
	forget_rows(s);
	if (!s->rows)
		fputs("        none\n", s->out);
	if (spilled)
		fprintf(s->out, "  (the table was full: %" PRIu64 " are not in it)\n", spilled);
}

void sheet_end(struct sheet *s)
{
	if (s->json)
		fputs("}\n", s->out);
	free(s->cells);
	s->cells = NULL;
}
