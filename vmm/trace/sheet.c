#include "vmm/trace/sheet.h"

#include "vmm/trace/words.h"

#include <inttypes.h>

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
	s->rows = false;
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

void sheet_row(struct sheet *s, const struct sheet_value *values)
{
	if (s->json) {
		row_json(s, values);
		s->rows = true;
		return;
	}
	if (!s->rows) {
		for (unsigned i = 0; s->columns[i]; i++)
			fprintf(s->out,
				!values[i].text     ? "%12s"
				: s->columns[i + 1] ? "  %-28s"
						    : "  %s",
				s->columns[i]);
		fputc('\n', s->out);
	}
	s->rows = true;
	for (unsigned i = 0; s->columns[i]; i++) {
		if (values[i].text)
			fprintf(s->out, s->columns[i + 1] ? "  %-28s" : "  %s", values[i].text);
		else
			fprintf(s->out, "%12" PRIu64, values[i].number);
	}
	fputc('\n', s->out);
}

void sheet_section_end(struct sheet *s, const char *key, uint64_t spilled)
{
	if (s->json) {
		fputc(']', s->out);
		if (spilled)
			fprintf(s->out, ",\n \"%s_not_counted\": %" PRIu64, key, spilled);
		return;
	}
	if (!s->rows)
		fputs("        none\n", s->out);
	if (spilled)
		fprintf(s->out, "  (the table was full: %" PRIu64 " are not in it)\n", spilled);
}

void sheet_end(struct sheet *s)
{
	if (s->json)
		fputs("}\n", s->out);
}
