#include "vmm/trace/read/diff.h"

#include "vmm/trace/read/bounded.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 262144 /* rows of each table */

/* How often each of the two did it. */
struct tally {
	struct bounded_key key; /* rip or gpa, 0 */
	uint64_t a, b;
};

struct trace_diff {
	const struct places *places;
	uint64_t common; /* accesses before the first difference */
	uint64_t total[2];
	uint64_t kinds[2][TRACE_FETCH + 1];
	bool differs, has[2];
	struct trace_record first[2];
	struct bounded sites, addresses;
};

struct trace_diff *trace_diff_new(const struct places *places)
{
	struct trace_diff *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->places = places;
	bounded_init(&d->sites, sizeof(struct tally), LIMIT);
	bounded_init(&d->addresses, sizeof(struct tally), LIMIT);
	return d;
}

void trace_diff_free(struct trace_diff *d)
{
	if (!d)
		return;
	bounded_free(&d->sites);
	bounded_free(&d->addresses);
	free(d);
}

/* --- two accesses ------------------------------------------------------------------------ */

static void differ(struct words *w, const char *name, uint64_t a, uint64_t b)
{
	if (a != b)
		words_put(w, "%s%s 0x%" PRIx64 " and 0x%" PRIx64, w->left < TRACE_DIFF_TEXT ? ", " : "", name, a, b);
}

static void differ_value(struct words *w, const char *name, const struct trace_record *a, const uint8_t *of_a,
			 const struct trace_record *b, const uint8_t *of_b, enum trace_flag flag)
{
	/* what one of them does not know is no difference */
	if (!(a->flags & flag) || !(b->flags & flag) || a->size != b->size || a->size == 0 ||
	    memcmp(of_a, of_b, a->size) == 0)
		return;
	words_put(w, "%s%s ", w->left < TRACE_DIFF_TEXT ? ", " : "", name);
	words_put_value(w, of_a, a->size);
	words_put(w, " and ");
	words_put_value(w, of_b, b->size);
}

void trace_diff_compare(const struct trace_record *a, const struct trace_record *b, char text[TRACE_DIFF_TEXT])
{
	const uint8_t manner = TRACE_LOCKED | TRACE_IMPLICIT;
	struct words w = {text, TRACE_DIFF_TEXT};

	text[0] = '\0';
	if (a->kind != b->kind)
		words_put(&w, "kind %s and %s", trace_kind_name(a->kind), trace_kind_name(b->kind));
	differ(&w, "rip", a->rip, b->rip);
	differ(&w, "gpa", a->gpa, b->gpa);
	if (!((a->flags | b->flags) & TRACE_PHYSICAL))
		differ(&w, "linear", a->linear, b->linear);
	differ(&w, "size", a->size, b->size);
	differ(&w, "part", a->part, b->part);
	differ(&w, "cpl", a->cpl, b->cpl);
	differ(&w, "vcpu", a->vcpu, b->vcpu);
	differ(&w, "verdict", a->verdict, b->verdict);
	differ(&w, "flags", a->flags & manner, b->flags & manner);
	if (a->code_size != b->code_size || memcmp(a->code, b->code, a->code_size) != 0)
		words_put(&w, "%scode", w.left < TRACE_DIFF_TEXT ? ", " : "");
	differ_value(&w, "old", a, a->before, b, b->before, TRACE_BEFORE);
	differ_value(&w, "new", a, a->after, b, b->after, TRACE_AFTER);
}

/* --- all of them ---------------------------------------------------------------------------- */

static void count(struct trace_diff *d, const struct trace_record *r, unsigned which)
{
	struct tally *site = bounded_at(&d->sites, r->rip, 0), *address = bounded_at(&d->addresses, r->gpa, 0);

	d->total[which]++;
	d->kinds[which][r->kind]++;
	if (site)
		*(which ? &site->b : &site->a) += 1;
	if (address)
		*(which ? &address->b : &address->a) += 1;
}

static void keep(struct trace_diff *d, const struct trace_record *r, unsigned which)
{
	d->has[which] = r != NULL;
	if (!r)
		return;
	d->first[which] = *r;
	d->first[which].text = NULL;
	d->first[which].bytes = NULL;
}

void trace_diff_put(struct trace_diff *d, const struct trace_record *a, const struct trace_record *b)
{
	char text[TRACE_DIFF_TEXT] = "one has ended";

	if (a)
		count(d, a, 0);
	if (b)
		count(d, b, 1);
	if (d->differs)
		return;
	if (a && b)
		trace_diff_compare(a, b, text);
	if (!text[0]) {
		d->common++;
		return;
	}
	d->differs = true;
	keep(d, a, 0);
	keep(d, b, 1);
}

bool trace_diff_equal(const struct trace_diff *d)
{
	return !d->differs;
}

uint64_t trace_diff_first(const struct trace_diff *d, const struct trace_record **a, const struct trace_record **b)
{
	*a = d->differs && d->has[0] ? &d->first[0] : NULL;
	*b = d->differs && d->has[1] ? &d->first[1] : NULL;
	return d->common;
}

static uint64_t score(const void *row)
{
	const struct tally *t = row;

	return t->a > t->b ? t->a - t->b : t->b - t->a;
}

static void print_tallies(const struct trace_diff *d, const struct bounded *table, const char *title, bool code,
			  unsigned top, FILE *out)
{
	uint32_t *best = calloc(top ? top : 1, sizeof(*best));
	size_t n = best ? bounded_best(table, score, top, best) : 0;

	if (n)
		fprintf(out, "\n%s\n%12s%12s\n", title, "A", "B");
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = bounded_row_at(table, best[i]);
		char name[PLACE_TEXT];

		if (!code || !d->places || !places_function(d->places, t->key.a, name))
			snprintf(name, sizeof(name), "0x%" PRIx64, t->key.a);
		fprintf(out, "%12" PRIu64 "%12" PRIu64 "  %s\n", t->a, t->b, name);
	}
	if (table->spilled)
		fprintf(out, "  (the table was full: %" PRIu64 " are not in it)\n", table->spilled);
	free(best);
}

bool trace_diff_print(const struct trace_diff *d, unsigned top, FILE *out)
{
	char text[TRACE_DIFF_TEXT];

	if (!d->differs) {
		fprintf(out, "equal: %" PRIu64 " accesses\n", d->common);
		return true;
	}
	fprintf(out, "equal up to access %" PRIu64, d->common);
	if (d->has[0] && d->has[1]) {
		trace_diff_compare(&d->first[0], &d->first[1], text);
		fprintf(out, ", where they differ: %s\n", text);
	} else {
		fprintf(out, ", where %s ends\n", d->has[0] ? "B" : "A");
	}
	fprintf(out, "\n%12s%12s\n%12" PRIu64 "%12" PRIu64 "  accesses\n", "A", "B", d->total[0], d->total[1]);
	for (unsigned kind = 0; kind <= TRACE_FETCH; kind++)
		if (d->kinds[0][kind] || d->kinds[1][kind])
			fprintf(out, "%12" PRIu64 "%12" PRIu64 "  %s\n", d->kinds[0][kind], d->kinds[1][kind],
				trace_kind_name((enum trace_kind)kind));
	print_tallies(d, &d->sites, "Instructions that did not do it as often", true, top, out);
	print_tallies(d, &d->addresses, "Addresses (gpa) not touched as often", false, top, out);
	return false;
}
