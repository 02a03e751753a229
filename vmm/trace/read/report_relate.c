/* report_relate.c: what one access is to another, and who shares what. */
#include "vmm/trace/read/report_print.h"

static uint64_t site_same(const void *row)
{
	return ((const struct report_site *)row)->same;
}

static uint64_t site_unwritten(const void *row)
{
	return ((const struct report_site *)row)->unwritten;
}

static uint64_t process_total(const void *row)
{
	return printer_total(&((const struct report_process *)row)->counts);
}

static void name_site(const struct report *r, uint32_t index, char out[PLACE_TEXT])
{
	const struct report_site *site = bounded_row_at(&r->sites, index - 1);

	report_name_code(r, site->key.a, out);
}

/* Sites by one number of theirs. more: accesses that were not looked at for it. */
static void print_strange(struct printer *p, const char *key, const char *title, uint64_t (*score)(const void *row),
			  uint64_t more)
{
	static const char *const columns[] = {"times", "instruction", NULL};
	size_t n = bounded_best(&p->report->sites, score, p->top, p->best);

	sheet_section(&p->sheet, key, title, columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_site *site = bounded_row_at(&p->report->sites, p->best[i]);
		char name[PLACE_TEXT];

		report_name_code(p->report, site->key.a, name);
		sheet_row(&p->sheet, (struct sheet_value[]){as_number(score(site)), as_text(name)});
	}
	sheet_section_end(&p->sheet, key, p->report->sites.spilled + more);
}

static uint64_t score_flow(const void *row)
{
	const struct report_pair *p = row;

	return p->key.b == RELATION_FLOW ? p->count : 0;
}

static uint64_t score_dead(const void *row)
{
	const struct report_pair *p = row;

	return p->key.b == RELATION_DEAD ? p->count : 0;
}

static uint64_t score_fetch(const void *row)
{
	const struct report_pair *p = row;

	return p->key.b == RELATION_FETCH ? p->count : 0;
}

static uint32_t first_of(const struct report_pair *pair)
{
	return (uint32_t)(pair->key.a >> 32);
}

static uint32_t second_of(const struct report_pair *pair)
{
	return (uint32_t)pair->key.a;
}

/* Does the second instruction stand behind the first? */
static bool goes_on(const struct report *r, const struct report_pair *pair)
{
	const struct report_site *first = bounded_row_at(&r->sites, first_of(pair) - 1);
	const struct report_site *second = bounded_row_at(&r->sites, second_of(pair) - 1);

	return second->key.a > first->key.a;
}

static void print_pairs(struct printer *p, const char *key, const char *title, const char *const *columns,
			uint64_t (*score)(const void *row))
{
	const struct report *r = p->report;
	size_t n = bounded_best(&r->pairs, score, p->top, p->best);

	sheet_section(&p->sheet, key, title, columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_pair *pair = bounded_row_at(&r->pairs, p->best[i]);
		char first[PLACE_TEXT], second[PLACE_TEXT];
		struct sheet_value v[5] = {as_number(pair->count)};
		unsigned at = 1;

		if (score == score_fetch) {
			v[at++] = as_number(pair->changed);
			v[at++] = as_text(goes_on(r, pair) ? "on" : "back");
		}
		name_site(r, first_of(pair), first);
		name_site(r, second_of(pair), second);
		v[at++] = as_text(first);
		v[at] = as_text(second);
		sheet_row(&p->sheet, v);
	}
	/* what is not in a cell makes no pair */
	sheet_section_end(&p->sheet, key, r->pairs.spilled + r->cells.spilled);
}

void print_relations(struct printer *p)
{
	static const char *const flow[] = {"times", "stored by", "loaded by", NULL};
	static const char *const dead[] = {"times", "stored by", "overwritten by", NULL};
	static const char *const fetch[] = {"times", "changed", "code", "loaded by", "and again by", NULL};

	print_pairs(p, "pairs", "Who stores what whom loads", flow, score_flow);
	print_pairs(p, "dead_stores", "Dead stores: overwritten before anybody loaded them", dead, score_dead);
	print_pairs(p, "double_fetches",
		    "Double fetches: the same bytes loaded twice by one function (changed: stored in between; back: a "
		    "loop, "
		    "or the next call)",
		    fetch, score_fetch);
	print_strange(p, "same_value_stores", "Stores of the value that was there", site_same, 0);
	print_strange(p, "never_written_loads", "Loads of bytes that nobody stored in this trace", site_unwritten,
		      p->report->cells.spilled);
}

static uint64_t score_shared(const void *row)
{
	const struct report_cell *c = row;
	uint32_t vcpus = c->readers | c->writers, processes = c->loaders | c->storers;

	return c->writers && ((vcpus & (vcpus - 1)) || (processes & (processes - 1))) ? c->accesses : 0;
}

/* "0,2" of a bit each. */
static void numbers_of(uint32_t bits, char out[PLACE_TEXT])
{
	struct words w = {out, PLACE_TEXT};

	out[0] = '\0';
	for (unsigned i = 0; i < 32; i++)
		if (bits >> i & 1)
			words_put(&w, i == 31 ? "%s31+" : "%s%u", w.at == out ? "" : ",", i);
	if (bits == 0)
		words_put(&w, "-");
}

void print_sharing(struct printer *p)
{
	static const char *const columns[] = {
		"accesses", "gpa", "loading vCPUs", "storing vCPUs", "loading processes", "storing processes",
		"object",   NULL};
	size_t n = bounded_best(&p->report->cells, score_shared, p->top, p->best);

	sheet_section(&p->sheet, "sharing",
		      "Shared: stored to, and touched by more than one vCPU or process (8 bytes each)", columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_cell *c = bounded_row_at(&p->report->cells, p->best[i]);
		const uint32_t who[] = {c->readers, c->writers, c->loaders, c->storers};
		char gpa[PLACE_TEXT], numbers[4][PLACE_TEXT], object[PLACE_TEXT];
		struct sheet_value v[7] = {as_number(c->accesses), as_text(gpa)};

		printer_hex(gpa, c->key.a * 8);
		for (unsigned k = 0; k < 4; k++) {
			numbers_of(who[k], numbers[k]);
			v[k + 2] = as_text(numbers[k]);
		}
		printer_object(p->report, c->linear, object);
		v[6] = as_text(object);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "sharing", p->report->cells.spilled);
}

void print_who(struct printer *p)
{
	static const char *const columns[] = {"process", COUNT_COLUMNS, "badge", "cr3", NULL};
	static const char *const vcpus[] = {"vcpu", "accesses", NULL};
	const struct report *r = p->report;
	size_t n = bounded_best(&r->processes, process_total, p->top, p->best);

	sheet_section(&p->sheet, "processes", "Processes, numbered as they came", columns);
	for (size_t i = 0; i < n; i++) {
		const struct report_process *process = bounded_row_at(&r->processes, p->best[i]);
		char badge[PLACE_TEXT], cr3[PLACE_TEXT];
		struct sheet_value v[7] = {as_number(p->best[i])};

		printer_hex(badge, process->key.a);
		printer_hex(cr3, process->key.b);
		printer_counts(&process->counts, v + 1);
		v[5] = as_text(badge);
		v[6] = as_text(cr3);
		sheet_row(&p->sheet, v);
	}
	sheet_section_end(&p->sheet, "processes", r->processes.spilled);
	sheet_section(&p->sheet, "vcpus", "vCPUs", vcpus);
	for (unsigned i = 0; i < 256; i++)
		if (r->vcpus[i])
			sheet_row(&p->sheet, (struct sheet_value[]){as_number(i), as_number(r->vcpus[i])});
	sheet_section_end(&p->sheet, "vcpus", 0);
}
