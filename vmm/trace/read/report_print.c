/* report_print.c: what was counted, as tables. */
#include "vmm/trace/read/report_print.h"

#include <stdlib.h>
#include <string.h>

uint64_t printer_total(const struct report_counts *c)
{
	return c->kinds[TRACE_LOAD] + c->kinds[TRACE_STORE] + c->kinds[TRACE_RMW] + c->kinds[TRACE_FETCH];
}

void printer_counts(const struct report_counts *c, struct sheet_value *v)
{
	for (unsigned i = 0; i <= TRACE_FETCH; i++)
		v[i] = as_number(c->kinds[i]);
}

void printer_hex(char out[PLACE_TEXT], uint64_t n)
{
	snprintf(out, PLACE_TEXT, "0x%llx", (unsigned long long)n);
}

void report_name_code(const struct report *r, uint64_t rip, char out[PLACE_TEXT])
{
	char line[PLACE_TEXT];
	size_t used;

	if (!r->places || !places_function(r->places, rip, out)) {
		printer_hex(out, rip);
		return;
	}
	used = strlen(out);
	if (places_line(r->places, rip, line))
		snprintf(out + used, PLACE_TEXT - used, " %s", line);
}

void printer_object(const struct report *r, uint64_t linear, char out[PLACE_TEXT])
{
	out[0] = '\0';
	if (linear && r->places)
		places_object(r->places, linear, out);
}

/* --- sections ------------------------------------------------------------------------- */

static uint64_t site_total(const void *row)
{
	return printer_total(&((const struct report_site *)row)->counts);
}

static uint64_t address_total(const void *row)
{
	return printer_total(&((const struct report_address *)row)->counts);
}

static uint64_t page_total(const void *row)
{
	return printer_total(&((const struct report_page *)row)->counts);
}

static void print_sites(struct printer *p)
{
	static const char *const columns[] = {COUNT_COLUMNS, "instruction", NULL};
	size_t n = bounded_best(&p->report->sites, site_total, p->top, p->best);

	sheet_section(&p->sheet, "instructions", "Instructions that touch it most", columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_site *site = bounded_row_at(&p->report->sites, p->best[i]);
		struct sheet_value v[5];
		char name[PLACE_TEXT];

		report_name_code(p->report, site->key.a, name);
		printer_counts(&site->counts, v);
		v[4] = as_text(name);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "instructions", p->report->sites.spilled);
}

struct function {
	struct bounded_key key; /* where it begins, 0 */
	struct report_counts counts;
};

static uint64_t function_total(const void *row)
{
	return printer_total(&((const struct function *)row)->counts);
}

static void add_counts(struct report_counts *to, const struct report_counts *from)
{
	for (unsigned i = 0; i <= TRACE_FETCH; i++)
		to->kinds[i] += from->kinds[i];
}

static void print_functions(struct printer *p)
{
	static const char *const columns[] = {COUNT_COLUMNS, "function", NULL};
	const struct report *r = p->report;
	struct bounded functions;
	size_t n;

	bounded_init(&functions, sizeof(struct function), REPORT_SITES);
	for (size_t i = 0; i < r->sites.count; i++) {
		const struct report_site *site = bounded_row_at(&r->sites, i);
		struct function *f = bounded_at(&functions, site->known ? site->function : 0, !site->known);

		if (f)
			add_counts(&f->counts, &site->counts);
	}
	sheet_section(&p->sheet, "functions", "Functions that touch it most", columns);
	n = bounded_best(&functions, function_total, p->top, p->best);
	for (size_t i = 0; i < n; i++) {
		const struct function *f = bounded_row_at(&functions, p->best[i]);
		char name[PLACE_TEXT] = "(no symbol)";
		struct sheet_value v[5];

		if (!f->key.b)
			places_function(r->places, f->key.a, name);
		printer_counts(&f->counts, v);
		v[4] = as_text(name);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "functions", functions.spilled + r->sites.spilled);
	bounded_free(&functions);
}

static void print_addresses(struct printer *p)
{
	static const char *const columns[] = {COUNT_COLUMNS, "gpa", "object", NULL};
	size_t n = bounded_best(&p->report->addresses, address_total, p->top, p->best);

	sheet_section(&p->sheet, "addresses", "Addresses touched most", columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_address *a = bounded_row_at(&p->report->addresses, p->best[i]);
		char gpa[PLACE_TEXT], object[PLACE_TEXT];
		struct sheet_value v[6];

		printer_hex(gpa, a->key.a);
		printer_object(p->report, a->linear, object);
		printer_counts(&a->counts, v);
		v[4] = as_text(gpa);
		v[5] = as_text(object);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "addresses", p->report->addresses.spilled);
}

struct object {
	struct bounded_key key; /* of its name, 0 */
	struct report_counts counts;
	char name[PLACE_TEXT];
};

static uint64_t object_total(const void *row)
{
	return printer_total(&((const struct object *)row)->counts);
}

/* FNV-1a. */
static uint64_t hash_of(const char *name)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3ull;
	return h;
}

/* "table[3].field" is table[].field: what is counted is the part, not the element. */
static void any_element(char name[PLACE_TEXT])
{
	char *to = name;

	for (const char *at = name; *at; at++) {
		*to++ = *at;
		if (*at == '[')
			at += strspn(at + 1, "0123456789");
	}
	*to = '\0';
}

static void print_objects(struct printer *p)
{
	static const char *const columns[] = {COUNT_COLUMNS, "object", NULL};
	const struct report *r = p->report;
	struct bounded objects;
	size_t n;

	bounded_init(&objects, sizeof(struct object), 16384);
	for (size_t i = 0; i < r->addresses.count; i++) {
		const struct report_address *a = bounded_row_at(&r->addresses, i);
		char name[PLACE_TEXT];
		struct object *o;

		printer_object(r, a->linear, name);
		any_element(name);
		o = name[0] ? bounded_at(&objects, hash_of(name), 0) : NULL;
		if (!o)
			continue;
		memcpy(o->name, name, sizeof(o->name));
		add_counts(&o->counts, &a->counts);
	}
	sheet_section(&p->sheet, "objects", "Objects and their parts, all elements of an array together", columns);
	n = bounded_best(&objects, object_total, p->top, p->best);
	for (size_t i = 0; i < n; i++) {
		const struct object *o = bounded_row_at(&objects, p->best[i]);
		struct sheet_value v[5];

		printer_counts(&o->counts, v);
		v[4] = as_text(o->name);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "objects", objects.spilled + r->addresses.spilled);
	bounded_free(&objects);
}

static void print_pages(struct printer *p)
{
	static const char *const columns[] = {COUNT_COLUMNS, "page", NULL};
	size_t n = bounded_best(&p->report->pages, page_total, p->top, p->best);

	sheet_section(&p->sheet, "pages", "Pages touched most", columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_page *page = bounded_row_at(&p->report->pages, p->best[i]);
		struct sheet_value v[5];
		char gpa[PLACE_TEXT];

		printer_hex(gpa, page->key.a * 4096);
		printer_counts(&page->counts, v);
		v[4] = as_text(gpa);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "pages", p->report->pages.spilled);
}

static void print_sizes(struct printer *p)
{
	static const char *const columns[] = {"size", COUNT_COLUMNS, NULL};
	const struct report *r = p->report;

	sheet_section(&p->sheet, "sizes", "Sizes, in bytes", columns);
	for (unsigned size = 1; size <= TRACE_VALUE_MAX; size++) {
		struct sheet_value v[5] = {as_number(size)};

		for (unsigned i = 0; i <= TRACE_FETCH; i++)
			v[i + 1] = as_number(r->sizes[size][i]);
		if (v[1].number + v[2].number + v[3].number + v[4].number)
			sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "sizes", 0);
}

/* Of the trace's head: a stranger's text. */
static void print_command(struct printer *p, const char *command)
{
	char text[1024];

	words_put_text(&(struct words){text, sizeof(text)}, command);
	sheet_text(&p->sheet, "command", "command", p->sheet.json ? command : text);
}

static void print_totals(struct printer *p, const struct report_form *form)
{
	const struct report *r = p->report;
	uint64_t cycles = r->last_tsc - r->first_tsc;
	char took[64];

	if (form->command)
		print_command(p, form->command);
	sheet_number(&p->sheet, "bytes_traced", "bytes traced", r->traced_bytes);
	sheet_number(&p->sheet, "records", "records", r->records);
	for (unsigned i = 0; i < TRACE_KINDS; i++)
		if (r->kinds[i])
			sheet_number(&p->sheet, trace_kind_name((enum trace_kind)i),
				     trace_kind_name((enum trace_kind)i), r->kinds[i]);
	sheet_number(&p->sheet, "bytes_loaded", "bytes loaded", r->bytes[TRACE_LOAD] + r->bytes[TRACE_RMW]);
	sheet_number(&p->sheet, "bytes_stored", "bytes stored", r->bytes[TRACE_STORE] + r->bytes[TRACE_RMW]);
	sheet_number(&p->sheet, "denied", "denied by their keeper", r->denied);
	sheet_number(&p->sheet, "lost_records", "lost records", r->lost);
	if (form->hz > 0)
		snprintf(took, sizeof(took), "%.6f s", (double)cycles / form->hz);
	else
		snprintf(took, sizeof(took), "%llu cycles", (unsigned long long)cycles);
	sheet_text(&p->sheet, "time", "time", took);
	if (r->unseen > 0) {
		snprintf(took, sizeof(took), "%.1f %%", 100 * r->seen / (r->seen + r->unseen));
		sheet_text(&p->sheet, "seen", "seen (armed, of the time)", took);
	}
}

void report_print(struct report *r, const struct report_form *form, FILE *out)
{
	struct printer p = {.report = r, .top = form->top};

	p.best = calloc(form->top ? form->top : 1, sizeof(*p.best));
	if (!p.best)
		p.top = 0;
	sheet_begin(&p.sheet, out, form->json);
	print_totals(&p, form);
	if (r->places)
		print_functions(&p);
	print_sites(&p);
	if (r->places)
		print_objects(&p);
	print_addresses(&p);
	print_pages(&p);
	print_sizes(&p);
	print_relations(&p);
	print_sharing(&p);
	print_who(&p);
	sheet_end(&p.sheet);
	free(p.best);
}
