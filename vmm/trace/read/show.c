#include "vmm/trace/read/show.h"

#include "capmodel/keeper.h"
#include "vmm/trace/read/show_field.h"

#include <string.h>

enum cpu_mode show_mode(uint8_t bits)
{
	return bits == 16 ? MODE_16 : bits == 32 ? MODE_32 : MODE_64;
}

void show_insn(struct decoder *d, const struct trace_record *r, char text[INSN_TEXT])
{
	size_t size = r->code_size < TRACE_CODE_MAX ? r->code_size : TRACE_CODE_MAX;
	const struct insn *insn;

	text[0] = '\0';
	if (size == 0)
		return;
	if (decode_cached(d, r->code, size, show_mode(r->bits), &insn) == DECODE_OK && insn->text[0])
		memcpy(text, insn->text, INSN_TEXT);
	else
		decode_text(d, r->code, size, show_mode(r->bits), text);
}

/* The field's index, or show_field_count. */
static unsigned field_named(const char *name, size_t length)
{
	unsigned i = 0;

	while (i < show_field_count &&
	       (strlen(show_fields[i].name) != length || memcmp(show_fields[i].name, name, length) != 0))
		i++;
	return i;
}

int show_choose(struct show *s, const char *names, struct error *e)
{
	struct show chosen = *s;

	for (const char *at = names;;) {
		size_t length = strcspn(at, ",");
		unsigned field = field_named(at, length);

		if (field == show_field_count)
			return error_set(e, STATUS_USAGE, "-F: no field '%.*s'; see 'lodestore view --help'",
					 length < 80 ? (int)length : 80, at);
		if (chosen.nfields == SHOW_FIELDS_MAX)
			return error_set(e, STATUS_USAGE, "-F: more than %u fields", SHOW_FIELDS_MAX);
		chosen.fields[chosen.nfields++] = (uint8_t)field;
		if (at[length] == '\0')
			break;
		at += length + 1;
	}
	*s = chosen;
	return 0;
}

static const struct show_field *field_at(const struct show *s, unsigned i)
{
	return &show_fields[s->nfields ? s->fields[i] : i];
}

static void as_fields(const struct show *s, const struct trace_record *r, FILE *out)
{
	for (unsigned i = 0; i < (s->nfields ? s->nfields : show_field_count); i++) {
		char text[SHOW_TEXT];
		bool has;

		text[0] = '\0';
		has = field_at(s, i)->put(s, r, &(struct words){text, sizeof(text)});
		if (i)
			fputc('\t', out);
		fputs(has ? text : "-", out);
	}
	fputc('\n', out);
}

static void as_json(const struct show *s, const struct trace_record *r, FILE *out)
{
	const char *before = "{\"";

	for (unsigned i = 0; i < (s->nfields ? s->nfields : show_field_count); i++) {
		const struct show_field *field = field_at(s, i);
		char text[SHOW_TEXT];

		text[0] = '\0';
		if (!field->put(s, r, &(struct words){text, sizeof(text)}))
			continue;
		fputs(before, out);
		fputs(field->name, out);
		fputs("\": ", out);
		if (field->plain)
			fputs(text, out);
		else
			words_json(text, out);
		before = ", \"";
	}
	fputs(*before == '{' ? "{}\n" : "}\n", out);
}

/* "r", "w", "rw", "x" */
static const char *letters(enum trace_kind kind)
{
	if (kind == TRACE_RMW)
		return "rw";
	return kind == TRACE_LOAD ? "r" : kind == TRACE_STORE ? "w" : "x";
}

static void put_name(const struct show *s, uint64_t address, struct words *w,
		     bool (*name)(const struct places *p, uint64_t address, char text[PLACE_TEXT]))
{
	char text[PLACE_TEXT];

	if (s->places && name(s->places, address, text))
		words_put(w, " <%s>", text);
}

/* Who, from where, to what. */
static void put_access(const struct show *s, const struct trace_record *r, struct words *w)
{
	words_put(w, "vcpu%u rip=", r->vcpu);
	words_put_hex(w, r->rip);
	put_name(s, r->rip, w, places_function);
	words_put_text(w, " gpa=");
	words_put_hex(w, r->gpa);
	if (!(r->flags & TRACE_PHYSICAL))
		put_name(s, r->linear, w, places_object);
	words_put(w, " %s%u", letters(r->kind), r->size);
	if (r->flags & (TRACE_LOCKED | TRACE_IMPLICIT | TRACE_STEPPED | TRACE_IN_RUN)) {
		words_put(w, " ");
		show_flags(r, w);
	}
	if (r->parts > 1)
		words_put(w, " part %u/%u", r->part + 1, r->parts);
	if (r->repetition)
		words_put(w, " rep %u", r->repetition);
}

static void put_memory(const struct trace_record *r, struct words *w)
{
	if (r->size == 0 || !(r->flags & (TRACE_BEFORE | TRACE_AFTER)))
		return;
	words_put(w, " mem=");
	if (r->flags & TRACE_BEFORE)
		words_put_value(w, r->before, r->size);
	if (r->kind != TRACE_STORE && r->kind != TRACE_RMW)
		return;
	if (r->flags & TRACE_BEFORE)
		words_put(w, "->");
	if (r->flags & TRACE_AFTER)
		words_put_value(w, r->after, r->size);
	else
		words_put(w, "?");
}

static void put_answer(const struct show *s, const struct trace_record *r, struct words *w)
{
	char text[INSN_TEXT];

	show_insn(s->decoder, r, text);
	words_put(w, " | %s | ", text[0] ? text : "(no instruction)");
	words_put_text(w, r->keeper ? r->keeper : "(nobody)");
	words_put(w, " %s |", r->verdict <= VERDICT_FORWARD ? verdict_name((enum verdict)r->verdict) : "(no verdict)");
	put_memory(r, w);
}

static void put_marker(const struct trace_record *r, struct words *w)
{
	words_put(w, "-- %s", trace_kind_name(r->kind));
	if (trace_has_gpa(r->kind))
		words_put(w, " gpa=0x%llx", (unsigned long long)r->gpa);
	if (r->kind != TRACE_RESET)
		words_put(w, " %llu", (unsigned long long)r->count);
	if (r->text) {
		words_put(w, " ");
		words_put_text(w, r->text);
	}
}

static void as_line(const struct show *s, const struct trace_record *r, FILE *out)
{
	char line[2048], source[PLACE_TEXT];
	struct words w = {line, sizeof(line)};

	words_put_number(&w, r->sequence);
	words_put(&w, " ");
	show_time(s, r, &w);
	words_put(&w, " ");
	if (!trace_is_access(r->kind)) {
		put_marker(r, &w);
	} else {
		put_access(s, r, &w);
		put_answer(s, r, &w);
		if (s->places && places_line(s->places, r->rip, source))
			words_put(&w, " | %s", source);
	}
	fprintf(out, "%s\n", line);
}

void show_record(const struct show *s, const struct trace_record *r, FILE *out)
{
	switch (s->form) {
	case SHOW_LINE:
		as_line(s, r, out);
		return;
	case SHOW_FIELDS:
		as_fields(s, r, out);
		return;
	case SHOW_JSON:
		as_json(s, r, out);
		return;
	}
}

void show_help(FILE *out)
{
	for (unsigned i = 0; i < show_field_count; i++)
		fprintf(out, "  %-9s %s\n", show_fields[i].name, show_fields[i].meaning);
}
