#include "vmm/trace/read/verify_state.h"

#include "capmodel/gpa.h"
#include "capmodel/keeper.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[VERIFY_KINDS] = {
	[VERIFY_ORDER] = "order",  [VERIFY_RECORD] = "record", [VERIFY_INSN] = "instruction",
	[VERIFY_VALUE] = "values", [VERIFY_COUNT] = "counts",  [VERIFY_FILE] = "file",
};

struct verify *verify_new(FILE *out)
{
	struct verify *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->out = out;
	v->decoder = decoder_new();
	v->shadow = shadow_new();
	if (v->decoder && v->shadow)
		return v;
	verify_free(v);
	return NULL;
}

void verify_free(struct verify *v)
{
	if (!v)
		return;
	decoder_free(v->decoder);
	shadow_free(v->shadow);
	free(v);
}

static void tell(struct verify *v, enum verify_kind kind, uint64_t sequence, const char *what)
{
	fprintf(v->out, "violation at record %" PRIu64 ": %s: %s\n", sequence, kind_names[kind], what);
}

void verify_violation(struct verify *v, enum verify_kind kind, uint64_t sequence, const char *format, ...)
{
	char what[512];
	va_list args;

	if (v->violations[kind]++ >= VERIFY_SHOWN)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	tell(v, kind, sequence, what);
}

uint64_t verify_violations(const struct verify *v, enum verify_kind kind)
{
	return v->violations[kind];
}

static void verify_order(struct verify *v, const struct trace_record *r)
{
	if (v->records == 0) {
		v->first = r->sequence;
		if (r->sequence != 0)
			verify_violation(v, VERIFY_ORDER, r->sequence, "the first record is not record 0");
	} else if (r->sequence != v->next) {
		verify_violation(v, VERIFY_ORDER, r->sequence, "record %" PRIu64 " was to come", v->next);
	}
	v->next = r->sequence + 1;
	if (!trace_is_access(r->kind))
		return;
	if (r->tsc < v->tsc[r->vcpu])
		verify_violation(v, VERIFY_ORDER, r->sequence,
				 "time goes back on vCPU %u, from %" PRIu64 " to %" PRIu64, r->vcpu, v->tsc[r->vcpu],
				 r->tsc);
	v->tsc[r->vcpu] = r->tsc;
}

/* False: it is not worth looking further. */
static bool verify_fields(struct verify *v, const struct trace_record *r)
{
	const char *wrong = NULL;

	if (!trace_is_access(r->kind))
		return true;
	if (r->size == 0 || r->size > TRACE_VALUE_MAX)
		wrong = "its size is not 1 to 64 bytes";
	else if (r->parts == 0 || r->part >= r->parts)
		wrong = "it is a part beyond the last";
	else if (r->cpl > 3)
		wrong = "its privilege level is beyond 3";
	else if (r->bits != 16 && r->bits != 32 && r->bits != 64)
		wrong = "its code is not of 16, 32 or 64 bits";
	else if (r->code_size > TRACE_CODE_MAX)
		wrong = "its instruction is longer than 15 bytes";
	else if (r->verdict > VERDICT_FORWARD)
		wrong = "its verdict is none";
	else if (r->gpa > UINT64_MAX - r->size)
		wrong = "it goes beyond the last address";
	else if (!(r->flags & TRACE_PHYSICAL) && ((r->linear ^ r->gpa) & PAGE_MASK))
		wrong = "its linear and its physical address are not at the same place of a page";
	if (wrong)
		verify_violation(v, VERIFY_RECORD, r->sequence, "%s", wrong);
	return !wrong;
}

void verify_record(struct verify *v, const struct trace_record *r)
{
	verify_order(v, r);
	v->records++;
	if (r->kind >= TRACE_KINDS) {
		verify_violation(v, VERIFY_RECORD, r->sequence, "its kind is %u", (unsigned)r->kind);
		return;
	}
	v->kinds[r->kind]++;
	if (r->kind == TRACE_LOST)
		v->lost += r->count;
	if (!verify_fields(v, r))
		return;
	if (trace_is_access(r->kind)) {
		v->denied += r->verdict == VERDICT_DENY;
		verify_insn(v, r);
	}
	verify_value(v, r);
}

void verify_file(struct verify *v, uint64_t sequence, const char *what)
{
	verify_violation(v, VERIFY_FILE, sequence, "%s", what);
}

static const struct trace_counter *counter_named(const struct trace_counter *counters, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(counters[i].name, name) == 0)
			return &counters[i];
	return NULL;
}

/* Were records of traced bytes left out on purpose? Then a byte may have changed in between. */
static uint64_t left_out(const struct trace_counter *counters, unsigned n)
{
	static const char *const names[] = {"parts.filtered", "parts.skipped"};
	uint64_t sum = 0;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct trace_counter *c = counter_named(counters, n, names[i]);

		sum += c ? c->value : 0;
	}
	return sum;
}

/* The values' violations, told at last or withdrawn. Returns what to say of them. */
static const char *judge_values(struct verify *v, const struct trace_counter *counters, unsigned n, bool selective)
{
	uint64_t found = v->violations[VERIFY_VALUE];

	v->chained -= found;
	if (found && selective && left_out(counters, n)) {
		v->violations[VERIFY_VALUE] = 0;
		return ", but not beyond records that were left out by conditions";
	}
	for (uint64_t i = 0; i < found && i < VERIFY_SHOWN; i++)
		tell(v, VERIFY_VALUE, v->value_seq[i], v->value_text[i]);
	return "";
}

static void print_checked(const struct verify *v, const char *values)
{
	fprintf(v->out, "records       %" PRIu64, v->records);
	if (v->records)
		fprintf(v->out, ", numbered %" PRIu64 " to %" PRIu64, v->first, v->next - 1);
	for (unsigned i = 0; i < TRACE_KINDS; i++)
		if (v->kinds[i])
			fprintf(v->out, "; %s %" PRIu64, trace_kind_name((enum trace_kind)i), v->kinds[i]);
	fprintf(v->out,
		"\ninstructions  %" PRIu64 " accesses are of their instructions; not compared: %" PRIu64
		" single-stepped, %" PRIu64 " of forms not in the table, %" PRIu64 " without instruction\n",
		v->redecoded - v->violations[VERIFY_INSN], v->stepped, v->unknown, v->without);
	fprintf(v->out,
		"values        %" PRIu64 " accesses found what was left there%s; nothing to compare: %" PRIu64
		"; pages %zu",
		v->chained, values, v->unchained, shadow_pages(v->shadow));
	if (shadow_spilled(v->shadow))
		fprintf(v->out, ", and %" PRIu64 " more that there was no room for", shadow_spilled(v->shadow));
	fputc('\n', v->out);
}

bool verify_end(struct verify *v, const struct trace_counter *counters, unsigned n, bool selective)
{
	const char *values = judge_values(v, counters, n, selective), *between = ": ";
	uint64_t total = 0;

	if (n > 0)
		verify_count(v, counters, n);
	for (unsigned i = 0; i < VERIFY_KINDS; i++)
		total += v->violations[i];
	print_checked(v, values);
	verify_count_print(v, counters, n);
	if (v->lost)
		fprintf(v->out, "lost          %" PRIu64 " records, as the trace says itself\n", v->lost);
	if (total == 0) {
		fprintf(v->out, "verified: no violation%s\n", v->lost ? " in what was not lost" : "");
		return true;
	}
	fprintf(v->out, "NOT verified: %" PRIu64 " violation%s", total, total == 1 ? "" : "s");
	for (unsigned i = 0; i < VERIFY_KINDS; i++) {
		if (!v->violations[i])
			continue;
		fprintf(v->out, "%s%s %" PRIu64, between, kind_names[i], v->violations[i]);
		between = ", ";
	}
	fputc('\n', v->out);
	return false;
}
