#include "vmm/trace/filter.h"

#include "vmm/number.h"
#include "vmm/trace/expression.h"

#include <stdlib.h>
#include <string.h>

#define SPANS_MAX 64 /* of one condition */

/* The first and the last number of what is wanted. */
struct span {
	uint64_t first, last;
};

enum subject {
	SUBJECT_KIND,
	SUBJECT_CPL,
	SUBJECT_CR3,
	SUBJECT_RIP,
	SUBJECT_LINEAR,
	SUBJECT_GPA,
	SUBJECT_SIZE,
	SUBJECT_VCPU,
	SUBJECT_BADGE,
	SUBJECT_WHEN,
};

static const struct subject_row {
	const char *name;
	enum subject subject;
	bool ranges; /* else numbers */
	uint64_t least, most; /* numbers that make sense */
} subjects[] = {
	{"t", SUBJECT_KIND, false, 0, 0},
	{"cpl", SUBJECT_CPL, false, 0, 3},
	{"cr3", SUBJECT_CR3, false, 0, UINT64_MAX},
	{"rip", SUBJECT_RIP, true, 0, UINT64_MAX},
	{"linear", SUBJECT_LINEAR, true, 0, UINT64_MAX},
	{"gpa", SUBJECT_GPA, true, 0, UINT64_MAX},
	{"size", SUBJECT_SIZE, false, 1, TRACE_VALUE_MAX},
	{"vcpu", SUBJECT_VCPU, false, 0, UINT8_MAX},
	{"badge", SUBJECT_BADGE, false, 0, UINT64_MAX},
	{"when", SUBJECT_WHEN, false, 0, 0},
};

struct condition {
	enum subject subject;
	struct condition *next;
	unsigned kinds; /* SUBJECT_KIND: 1 << enum trace_kind */
	unsigned count;
	struct span spans[SPANS_MAX];
	struct expression when; /* SUBJECT_WHEN */
};

struct trace_filter {
	struct condition *first, **end; /* in the order they were given */
};

void trace_filter_help(FILE *out, const char *cpl)
{
	char level[40];

	snprintf(level, sizeof(level), "--%s N,...", cpl);
	fprintf(out,
		"  -t r|w|rw|x     reads, writes (a read-modify-write is both), fetches; or several: rwx\n"
		"  %-15s privilege level, 0..3\n"
		"  --cr3 N,...     page table base\n"
		"  --rip RANGE     of the instruction: A..B (without B), A+SIZE or A; several with commas\n"
		"  --linear RANGE  touches these linear addresses\n"
		"  --gpa RANGE     touches these guest-physical addresses\n"
		"  --size N,...    bytes of the access\n"
		"  --vcpu N,...    virtual CPU\n"
		"  --badge N,...   the guest's process, as its kernel names it\n"
		"  --when EXPR     C expression over old, new (their first 8 bytes), size, gpa, linear, rip, cpl:\n"
		"                  'old!=new && new==0'; what is not known lets the access pass\n",
		level);
}

struct trace_filter *trace_filter_new(void)
{
	struct trace_filter *f = calloc(1, sizeof(*f));

	if (f)
		f->end = &f->first;
	return f;
}

void trace_filter_free(struct trace_filter *f)
{
	if (!f)
		return;
	for (struct condition *c = f->first, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(f);
}

/* --- reading what the user wrote ------------------------------------------------- */

/* A piece of an option's value, which begins at whole. */
struct piece {
	const char *whole, *at;
	size_t length;
};

static int refuse(const struct piece *p, const char *why, struct error *e)
{
	return error_set(e, STATUS_USAGE, "'%.160s', column %zu: '%.*s' %s", p->whole, (size_t)(p->at - p->whole) + 1,
			 p->length < 80 ? (int)p->length : 80, p->at, why);
}

static int read_number(const struct piece *p, uint64_t *out, struct error *e)
{
	const char *why = number_parse(p->at, p->length, out);

	return why ? refuse(p, why, e) : 0;
}

/* A..B, A+SIZE or A */
static int read_range(const struct piece *p, struct span *out, struct error *e)
{
	const char *dots = memmem(p->at, p->length, "..", 2), *plus = memchr(p->at, '+', p->length);
	const char *cut = dots ? dots : plus;
	struct piece first = *p, second = *p;
	uint64_t start, number;

	if (!cut) {
		if (read_number(p, &start, e) < 0)
			return -1;
		*out = (struct span){start, start};
		return 0;
	}
	first.length = (size_t)(cut - p->at);
	second.at = dots ? dots + 2 : plus + 1;
	second.length = (size_t)(p->at + p->length - second.at);
	if (read_number(&first, &start, e) < 0 || read_number(&second, &number, e) < 0)
		return -1;
	if (dots && number <= start)
		return refuse(p, "ends before it starts, or is empty", e);
	if (!dots && number == 0)
		return refuse(p, "is empty", e);
	if (!dots && number - 1 > UINT64_MAX - start)
		return refuse(p, "goes beyond the last address", e);
	*out = (struct span){start, dots ? number - 1 : start + (number - 1)};
	return 0;
}

static int read_span(const struct subject_row *row, const struct piece *p, struct span *out, struct error *e)
{
	uint64_t number;

	if (row->ranges)
		return read_range(p, out, e);
	if (read_number(p, &number, e) < 0)
		return -1;
	if (number > row->most || number < row->least) {
		char why[60];

		snprintf(why, sizeof(why), "is not %llu to %llu", (unsigned long long)row->least,
			 (unsigned long long)row->most);
		return refuse(p, why, e);
	}
	*out = (struct span){number, number};
	return 0;
}

static int read_spans(const struct subject_row *row, const char *value, struct condition *c, struct error *e)
{
	struct piece p = {value, value, 0};

	for (;;) {
		p.length = strcspn(p.at, ",");
		if (c->count == SPANS_MAX)
			return refuse(&p, "is one too many: 64 in one option are the most", e);
		if (read_span(row, &p, &c->spans[c->count], e) < 0)
			return -1;
		c->count++;
		if (p.at[p.length] == '\0')
			return 0;
		p.at += p.length + 1;
	}
}

static int read_kinds(const char *value, struct condition *c, struct error *e)
{
	for (const char *at = value; *at; at++) {
		if (*at == 'r')
			c->kinds |= 1u << TRACE_LOAD | 1u << TRACE_RMW;
		else if (*at == 'w')
			c->kinds |= 1u << TRACE_STORE | 1u << TRACE_RMW;
		else if (*at == 'x')
			c->kinds |= 1u << TRACE_FETCH;
		else
			return error_set(e, STATUS_USAGE, "'%.160s', column %zu: '%c' is not r, w or x", value,
					 (size_t)(at - value) + 1, *at >= ' ' && *at <= '~' ? *at : '?');
	}
	return *value ? 0 : error_set(e, STATUS_USAGE, "it is empty: r, w, rw or x");
}

static int read_condition(const struct subject_row *row, const char *value, struct condition *c, struct error *e)
{
	if (row->subject == SUBJECT_KIND)
		return read_kinds(value, c, e);
	if (row->subject == SUBJECT_WHEN)
		return expression_compile(value, &c->when, e);
	return read_spans(row, value, c, e);
}

int trace_filter_add(struct trace_filter *f, const char *name, const char *value, struct error *e)
{
	const struct subject_row *row = NULL;
	struct condition *c;

	for (unsigned i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (strcmp(subjects[i].name, name) == 0)
			row = &subjects[i];
	if (!row)
		return error_set(e, STATUS_USAGE, "no condition is called '%.80s'", name);
	c = calloc(1, sizeof(*c));
	if (!c)
		return error_set(e, STATUS_HOST, "no memory for a condition");
	c->subject = row->subject;
	if (read_condition(row, value, c, e) < 0) {
		free(c);
		return -1;
	}
	*f->end = c;
	f->end = &c->next;
	return 0;
}

/* --- asking ---------------------------------------------------------------------- */

/* Does any of its numbers lie in any span? */
static bool touches(const struct condition *c, uint64_t first, uint64_t count)
{
	uint64_t last = count - 1 > UINT64_MAX - first ? UINT64_MAX : first + (count - 1);

	for (unsigned i = 0; i < c->count; i++)
		if (first <= c->spans[i].last && last >= c->spans[i].first)
			return true;
	return false;
}

static struct expression_value value_of(const uint8_t *bytes, unsigned size, bool is_known)
{
	struct expression_value v = {is_known, 0};

	if (is_known)
		memcpy(&v.number, bytes, size < sizeof(v.number) ? size : sizeof(v.number));
	return v;
}

/* What a load leaves is what was there. */
static bool when(const struct expression *x, const struct trace_record *r)
{
	bool reads_only = r->kind == TRACE_LOAD || r->kind == TRACE_FETCH;
	const uint8_t *left = reads_only ? r->before : r->after;
	const struct expression_value names[EXPRESSION_NAMES] = {
		[EXPRESSION_OLD] = value_of(r->before, r->size, r->flags & TRACE_BEFORE),
		[EXPRESSION_NEW] = value_of(left, r->size, r->flags & (reads_only ? TRACE_BEFORE : TRACE_AFTER)),
		[EXPRESSION_SIZE] = {true, r->size},
		[EXPRESSION_GPA] = {true, r->gpa},
		[EXPRESSION_LINEAR] = {!(r->flags & TRACE_PHYSICAL), r->linear},
		[EXPRESSION_RIP] = {true, r->rip},
		[EXPRESSION_CPL] = {true, r->cpl},
	};
	struct expression_value v = expression_ask(x, names);

	return !v.known || v.number;
}

static bool holds(const struct condition *c, const struct trace_record *r)
{
	uint64_t size = r->size ? r->size : 1;

	switch (c->subject) {
	case SUBJECT_KIND:
		return c->kinds & 1u << r->kind;
	case SUBJECT_CPL:
		return touches(c, r->cpl, 1);
	case SUBJECT_CR3:
		return touches(c, r->cr3, 1);
	case SUBJECT_RIP:
		return touches(c, r->rip, 1);
	case SUBJECT_LINEAR:
		return !(r->flags & TRACE_PHYSICAL) && touches(c, r->linear, size);
	case SUBJECT_GPA:
		return touches(c, r->gpa, size);
	case SUBJECT_SIZE:
		return touches(c, r->size, 1);
	case SUBJECT_VCPU:
		return touches(c, r->vcpu, 1);
	case SUBJECT_BADGE:
		return touches(c, r->badge, 1);
	case SUBJECT_WHEN:
		return when(&c->when, r);
	}
	return true;
}

bool trace_filter_passes(const struct trace_filter *f, const struct trace_record *r)
{
	if (!trace_is_access(r->kind))
		return true;
	for (const struct condition *c = f->first; c; c = c->next)
		if (!holds(c, r))
			return false;
	return true;
}
