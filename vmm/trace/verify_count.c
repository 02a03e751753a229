/*
 * verify_count.c: the foot against the records.
 *
 * The recorder counts each thing twice, where it happens and where it is recorded. What a foot does not
 * name is not asked. docs/tracing.md, "Counts".
 */
#include "vmm/trace/verify_state.h"

#include <inttypes.h>
#include <string.h>

#define TERMS_MAX 12

struct foot {
	const struct trace_counter *counters;
	unsigned n;
};

static bool counter(const struct foot *foot, const char *name, uint64_t *value)
{
	for (unsigned i = 0; i < foot->n; i++) {
		if (strcmp(foot->counters[i].name, name) == 0) {
			*value = foot->counters[i].value;
			return true;
		}
	}
	return false;
}

/* All whose names begin so, added up. */
static void sum_of(const struct foot *foot, const char *prefix, uint64_t *sum)
{
	*sum = 0;
	for (unsigned i = 0; i < foot->n; i++)
		if (strncmp(foot->counters[i].name, prefix, strlen(prefix)) == 0)
			*sum += foot->counters[i].value;
}

/* total = sum of parts, where the foot has total. A name that ends in '.' is all that begin so. */
static const struct law {
	const char *total;
	const char *parts[TERMS_MAX];
} laws[] = {
	{"parts.done",
	 {"parts.recorded", "parts.elsewhere", "parts.filtered", "parts.skipped", "parts.disarmed", "parts.lost"}},
	{"exits.trap", {"begun.trap"}},
	{"exits.emulation", {"begun.emulation"}},
	{"exits.mmio", {"begun.mmio", "mmio.absent", "mmio.undone"}},
	{"begun.trap", {"ended.trap."}},
	{"begun.emulation", {"ended.emulation."}},
	{"begun.mmio", {"ended.mmio."}},
	{"begun.repeat", {"ended.repeat."}},
	{"begun.run", {"ended.run."}},
};

static uint64_t term(const struct foot *foot, const char *name)
{
	uint64_t value = 0;

	if (name[strlen(name) - 1] == '.')
		sum_of(foot, name, &value);
	else
		counter(foot, name, &value);
	return value;
}

static void check_law(struct verify *v, const struct foot *foot, const struct law *law)
{
	uint64_t total, sum = 0;

	if (!counter(foot, law->total, &total))
		return;
	for (unsigned i = 0; i < TERMS_MAX && law->parts[i]; i++)
		sum += term(foot, law->parts[i]);
	if (sum != total)
		verify_violation(v, VERIFY_COUNT, v->next,
				 "%s is %" PRIu64 ", but what became of them adds up to %" PRIu64, law->total, total,
				 sum);
}

static void check_number(struct verify *v, const struct foot *foot, const char *name, uint64_t seen)
{
	uint64_t said;

	if (counter(foot, name, &said) && said != seen)
		verify_violation(v, VERIFY_COUNT, v->next, "the foot's %s is %" PRIu64 ", but the file has %" PRIu64,
				 name, said, seen);
}

/* What was lost at the very end has no record; but no record may tell of more than were lost. */
static void check_lost(struct verify *v, const struct foot *foot)
{
	uint64_t said;

	if (!counter(foot, "lost", &said))
		return;
	if (said < v->lost)
		verify_violation(v, VERIFY_COUNT, v->next,
				 "the foot's lost is %" PRIu64 ", but its records tell of %" PRIu64, said, v->lost);
	else
		v->lost = said;
}

void verify_count(struct verify *v, const struct trace_counter *counters, unsigned n)
{
	const struct foot foot = {counters, n};
	uint64_t accesses = 0;

	for (unsigned kind = 0; kind < TRACE_KINDS; kind++) {
		char name[40];

		snprintf(name, sizeof(name), "records.%s", trace_kind_name((enum trace_kind)kind));
		check_number(v, &foot, name, v->kinds[kind]);
		accesses += trace_is_access((enum trace_kind)kind) ? v->kinds[kind] : 0;
	}
	check_number(v, &foot, "records", v->records);
	check_number(v, &foot, "parts.recorded", accesses - v->denied);
	check_number(v, &foot, "parts.denied", v->denied);
	check_lost(v, &foot);
	for (unsigned i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		check_law(v, &foot, &laws[i]);
}

/* All of these together; where the foot has none, 0. */
static uint64_t sum_named(const struct foot *foot, const char *const *names)
{
	uint64_t sum = 0;

	for (; *names; names++)
		sum += term(foot, *names);
	return sum;
}

void verify_count_print(const struct verify *v, const struct trace_counter *counters, unsigned n)
{
	static const char *const left_out[] = {"parts.filtered", "parts.skipped", "parts.off", "parts.disarmed", NULL};
	const struct foot foot = {counters, n};
	uint64_t done;

	if (n == 0)
		fprintf(v->out, "counts        none to compare with: there is no foot\n");
	else if (counter(&foot, "parts.done", &done))
		fprintf(v->out,
			"counts        %" PRIu64 " exits, each of a kind; %" PRIu64
			" accesses to traced pages: %" PRIu64 " recorded, %" PRIu64 " beside what is traced, %" PRIu64
			" left out as asked, %" PRIu64 " lost\n",
			term(&foot, "exits."), done, term(&foot, "parts.recorded"), term(&foot, "parts.elsewhere"),
			sum_named(&foot, left_out), term(&foot, "parts.lost"));
}
