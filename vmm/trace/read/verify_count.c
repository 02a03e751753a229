/*
 * verify_count.c: the foot against the records.
 *
 * The recorder counts each thing twice, where it happens and where it is recorded. A law is asked
 * where the foot has its counts; which it must have, verify_counted() says. docs/tracing.md, "Counts".
 */
#include "vmm/trace/read/verify_state.h"

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

/* name, or a pattern with one '*' in it. */
static bool fits(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t head, tail, n = strlen(name);

	if (!star)
		return strcmp(pattern, name) == 0;
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	return n >= head + tail && memcmp(pattern, name, head) == 0 && strcmp(star + 1, name + n - tail) == 0;
}

/* All of these added up; where the foot has none, 0. */
static uint64_t sum_of(const struct foot *foot, const char *const *patterns)
{
	uint64_t sum = 0;

	for (; *patterns; patterns++)
		for (unsigned i = 0; i < foot->n; i++)
			if (fits(*patterns, foot->counters[i].name))
				sum += foot->counters[i].value;
	return sum;
}

static uint64_t sum_of_one(const struct foot *foot, const char *pattern)
{
	return sum_of(foot, (const char *const[]){pattern, NULL});
}

/* The same, counted in two places. A law is asked where the foot has its first counter. */
static const struct law {
	const char *name;
	const char *whole[TERMS_MAX + 1], *parts[TERMS_MAX + 1];
} laws[] = {
	{"parts.done",
	 {"parts.done"},
	 {"parts.recorded", "parts.elsewhere", "parts.filtered", "parts.skipped", "parts.disarmed", "parts.lost"}},
	{"ways.traced + ways.elsewhere", {"ways.traced", "ways.elsewhere"}, {"ended.*.done"}},
	{"taken.load + store + rmw + fetch",
	 {"taken.load", "taken.store", "taken.rmw", "taken.fetch"},
	 {"parts.recorded", "parts.denied"}},
	{"runs", {"runs"}, {"exits.*"}},
	{"exits.trap", {"exits.trap"}, {"begun.trap"}},
	{"exits.emulation", {"exits.emulation"}, {"begun.emulation"}},
	{"exits.mmio", {"exits.mmio"}, {"begun.mmio", "mmio.absent", "mmio.undone"}},
	{"begun.trap", {"begun.trap"}, {"ended.trap.*"}},
	{"begun.emulation", {"begun.emulation"}, {"ended.emulation.*"}},
	{"begun.mmio", {"begun.mmio"}, {"ended.mmio.*"}},
	{"begun.repeat", {"begun.repeat"}, {"ended.repeat.*"}},
	{"begun.run", {"begun.run"}, {"ended.run.*"}},
};

static void check_law(struct verify *v, const struct foot *foot, const struct law *law)
{
	uint64_t whole = sum_of(foot, law->whole), parts = sum_of(foot, law->parts), first;

	if (counter(foot, law->whole[0], &first) && whole != parts)
		verify_violation(v, VERIFY_COUNT, v->next,
				 "%s is %" PRIu64 ", but what became of them adds up to %" PRIu64, law->name, whole,
				 parts);
}

/* Which of them the foot does not have, behind what missing[] holds. */
static void list_missing(const struct foot *foot, const char *const *names, char *missing, size_t size)
{
	uint64_t value;

	for (; *names; names++) {
		size_t used = strlen(missing);

		if (!strchr(*names, '*') && !counter(foot, *names, &value))
			snprintf(missing + used, size - used, "%s%s", used ? ", " : "", *names);
	}
}

void verify_counted(struct verify *v, const struct trace_counter *counters, unsigned n)
{
	static const char *const names[] = {
		"exits.trap",   "exits.emulation", "exits.mmio",  "begun.trap",     "begun.emulation", "begun.mmio",
		"begun.run",    "begun.repeat",    "ways.traced", "ways.elsewhere", "parts.done",      "parts.recorded",
		"parts.denied", "taken.load",      "taken.store", "taken.rmw",      "taken.fetch",     NULL};
	const struct foot foot = {counters, n};
	char missing[400] = "";

	list_missing(&foot, names, missing, sizeof(missing));
	if (*missing)
		verify_violation(v, VERIFY_COUNT, v->next, "the foot does not count %s", missing);
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

/*
 * What the writer took is in the file, but for what it could not write any more and counts as lost then. Returns how
 * many accesses that are.
 */
static uint64_t check_taken(struct verify *v, const struct foot *foot)
{
	uint64_t unwritten = 0, accesses = 0, lost;

	for (unsigned kind = 0; kind < TRACE_KINDS; kind++) {
		const char *kind_name = trace_kind_name((enum trace_kind)kind);
		char name[40];
		uint64_t taken;

		snprintf(name, sizeof(name), "records.%s", kind_name);
		check_number(v, foot, name, v->kinds[kind]);
		snprintf(name, sizeof(name), "taken.%s", kind_name);
		if (!counter(foot, name, &taken))
			continue;
		if (taken < v->kinds[kind])
			check_number(v, foot, name, v->kinds[kind]);
		else
			unwritten += taken - v->kinds[kind];
		if (taken > v->kinds[kind] && trace_is_access((enum trace_kind)kind))
			accesses += taken - v->kinds[kind];
	}
	lost = sum_of_one(foot, "lost") - sum_of_one(foot, "parts.lost");
	if (unwritten > lost)
		verify_violation(v, VERIFY_COUNT, v->next,
				 "%" PRIu64 " records that were taken are not in the file, of which %" PRIu64
				 " are told as lost",
				 unwritten, lost);
	return accesses;
}

void verify_count(struct verify *v, const struct trace_counter *counters, unsigned n)
{
	const struct foot foot = {counters, n};
	uint64_t accesses = v->kinds[TRACE_LOAD] + v->kinds[TRACE_STORE] + v->kinds[TRACE_RMW] + v->kinds[TRACE_FETCH];
	uint64_t unwritten = check_taken(v, &foot);

	check_number(v, &foot, "records", v->records);
	if (unwritten == 0) {
		check_number(v, &foot, "parts.recorded", accesses - v->denied);
		check_number(v, &foot, "parts.denied", v->denied);
	}
	check_lost(v, &foot);
	for (unsigned i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		check_law(v, &foot, &laws[i]);
}

static void print_exits(FILE *out, const struct foot *foot)
{
	const char *between = ": ";

	fprintf(out, "counts        %" PRIu64 " exits", sum_of_one(foot, "exits.*"));
	for (unsigned i = 0; i < foot->n; i++) {
		if (!fits("exits.*", foot->counters[i].name) || foot->counters[i].value == 0)
			continue;
		fprintf(out, "%s%s %" PRIu64, between, foot->counters[i].name + strlen("exits."),
			foot->counters[i].value);
		between = ", ";
	}
	fputc('\n', out);
}

void verify_count_print(const struct verify *v, const struct trace_counter *counters, unsigned n)
{
	static const char *const by_exit[] = {"begun.trap", "begun.emulation", "begun.mmio", NULL};
	static const char *const left_out[] = {"parts.filtered", "parts.skipped", "parts.disarmed", NULL};
	const struct foot foot = {counters, n};
	uint64_t done;

	if (n == 0) {
		fprintf(v->out, "counts        none to compare with: there is no foot\n");
		return;
	}
	if (!counter(&foot, "parts.done", &done))
		return;
	print_exits(v->out, &foot);
	fprintf(v->out,
		"              %" PRIu64 " instructions and elements begun, %" PRIu64 " of them by exits; done %" PRIu64
		", of these %" PRIu64 " on traced pages\n",
		sum_of_one(&foot, "begun.*"), sum_of(&foot, by_exit), sum_of_one(&foot, "ended.*.done"),
		sum_of_one(&foot, "ways.traced"));
	fprintf(v->out,
		"              %" PRIu64 " accesses to traced pages: %" PRIu64 " recorded, %" PRIu64
		" beside what is traced, %" PRIu64 " left out as asked, %" PRIu64 " lost\n",
		done, sum_of_one(&foot, "parts.recorded"), sum_of_one(&foot, "parts.elsewhere"),
		sum_of(&foot, left_out), sum_of_one(&foot, "parts.lost"));
}
