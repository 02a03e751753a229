#include "vmm/conform/conform.h"

#include "vmm/conform/spell.h"
#include "vmm/conform/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int open_harness(const struct conform_options *o, struct harness *h, struct error *e)
{
	return o->vm ? vm_open(h, o->cpl, e) : inside_open(h, e);
}

static void close_harness(const struct conform_options *o, struct harness *h)
{
	if (o->vm)
		vm_close(h);
	else
		inside_close(h);
}

/* "AMD EPYC", from /proc/cpuinfo. */
static void host_name(char name[80])
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(name, 80, "unknown CPU");
	while (file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) == 0 && colon) {
			snprintf(name, 80, "%.70s", colon + 2);
			name[strcspn(name, "\n")] = '\0';
			break;
		}
	}
	if (file)
		fclose(file);
}

static int write_table(const struct conform_options *o, const struct judge *j, double seconds, struct error *e)
{
	FILE *file;
	char host[80];
	int err;

	if (!o->table)
		return 0;
	file = fopen(o->table, "we");
	if (!file)
		return error_set(e, STATUS_INPUT, "%s: %s", o->table, strerror(errno));
	host_name(host);
	err = tally_write(j->tally, j->harness->name, host, seconds, j->known, file);
	if (fclose(file) != 0 || err < 0)
		return error_set(e, STATUS_HOST, "%s: cannot be written", o->table);
	return 0;
}

static void tell_sum(const struct judge *j, const struct tally *t, double seconds, FILE *out)
{
	struct tally_sum s;

	tally_sum(t, &s);
	fprintf(out,
		"%s: %llu mnemonics, %llu forms, %llu encodings; %llu cases (%llu of them exceptions), %llu "
		"mismatches\n",
		j->harness->name, (unsigned long long)s.mnemonics, (unsigned long long)s.forms,
		(unsigned long long)s.encodings, (unsigned long long)j->cases, (unsigned long long)j->faults,
		(unsigned long long)j->mismatches);
	fprintf(out,
		"%s: not compared: %llu refused (%llu forms wholly), %llu skipped (%llu forms wholly), %llu undecoded; "
		"%.1f s\n",
		j->harness->name, (unsigned long long)j->refused, (unsigned long long)s.forms_refused,
		(unsigned long long)j->skipped, (unsigned long long)s.forms_skipped, (unsigned long long)j->undecoded,
		seconds);
}

/* The differences that are the judge's own: never a silent mismatch. */
static void tell_known(const struct judge *j, FILE *out)
{
	for (unsigned i = 0; i < known_rows(); i++) {
		if (j->known[i])
			fprintf(out, "%s: known difference of the judge, %llu cases: %s\n", j->harness->name,
				(unsigned long long)j->known[i], known_reason(i));
	}
}

static int run_one(struct judge *j, const struct conform_case *c, FILE *out, struct error *e)
{
	switch (judge_case(j, c)) {
	case JUDGED_SAME:
		fprintf(out, "same: %s%s\n", j->scene.insn.text, j->faulted ? " (an exception)" : "");
		return 0;
	case JUDGED_DIFFERENT:
		judge_print(j, out);
		return 1;
	case JUDGED_KNOWN:
		judge_print(j, out);
		tell_known(j, out);
		return 0;
	case JUDGED_REFUSED:
		fprintf(out, "refused: %s: %s\n", j->scene.insn.text, j->kept.why);
		return 0;
	case JUDGED_SKIPPED:
		fprintf(out, "cannot be compared here\n");
		return 0;
	case JUDGED_LOST:
		return error_set(e, STATUS_HOST, "conform: %.300s", j->difference);
	}
	return 0;
}

static int run_suite(const struct conform_options *o, struct judge *j, FILE *out, struct error *e)
{
	struct suite suite = {
		.judge = j,
		.seed = o->seed,
		.each = o->each ? o->each : SPELL_FORMS * PLACES,
		.part = o->part,
		.parts = o->parts,
		.only = o->only,
		.seconds = o->seconds,
		.shown_max = o->shown,
		.out = out,
	};
	double start = suite_now();
	int err = o->random ? suite_random(&suite, o->random, e) : suite_table(&suite, e);
	double seconds = suite_now() - start;

	if (suite.shown > o->shown)
		fprintf(out, "and %u more mismatches\n", suite.shown - o->shown);
	tell_sum(j, j->tally, seconds, out);
	tell_known(j, out);
	if (suite.out_of_time)
		fprintf(out, "%s: stopped by the time limit of %g s\n", j->harness->name, o->seconds);
	if (err < 0 || write_table(o, j, seconds, e) < 0)
		return -1;
	return j->mismatches ? 1 : 0;
}

int conform(const struct conform_options *o, FILE *out, struct error *e)
{
	struct judge *j = aligned_alloc(64, (sizeof(*j) + 63) / 64 * 64);
	struct tally *tally = tally_new();
	struct harness harness;
	int result = -1;

	if (!j || !tally)
		error_set(e, STATUS_HOST, "out of memory");
	else if (open_harness(o, &harness, e) == 0) {
		judge_begin(j, &harness, tally);
		result = o->has_case ? run_one(j, &o->one, out, e) : run_suite(o, j, out, e);
		close_harness(o, &harness);
	}
	tally_free(tally);
	free(j);
	return result;
}
