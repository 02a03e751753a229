#include "vmm/conform/conform.h"

#include "vmm/conform/spell.h"
#include "vmm/conform/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define HOST_NAME 200

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

/* The first value of a key of /proc/cpuinfo, or "?". */
static void cpu_value(const char *key, char value[64])
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	size_t n = strlen(key);
	char line[256];

	snprintf(value, 64, "?");
	while (file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, key, n) != 0 || !strchr("\t :", line[n]) || !colon || colon[1] != ' ')
			continue;
		snprintf(value, 64, "%.63s", colon + 2);
		value[strcspn(value, "\n")] = '\0';
		break;
	}
	if (file)
		fclose(file);
}

/* "AMD EPYC (family 25, model 17, stepping 1), Linux 6.18" */
static void host_name(char name[HOST_NAME])
{
	char cpu[64], family[64], model[64], stepping[64];
	struct utsname kernel = {.release = "?"};

	cpu_value("model name", cpu);
	cpu_value("cpu family", family);
	cpu_value("model", model);
	cpu_value("stepping", stepping);
	uname(&kernel);
	snprintf(name, HOST_NAME, "%s (family %.8s, model %.8s, stepping %.8s), Linux %.60s", cpu, family, model,
		 stepping, kernel.release);
}

/* Which cases, and whether they are all that was asked for. */
static void write_what(const struct suite *s, const struct conform_options *o, FILE *out)
{
	const struct judge *j = s->judge;

	if (o->random)
		fprintf(out, "# what %llu instructions at random, seed %llu", (unsigned long long)s->drawn,
			(unsigned long long)o->seed);
	else
		fprintf(out, "# what the table, %u of %u cases of each spelling", s->each, SPELL_FORMS * PLACES);
	if (o->only)
		fprintf(out, ", rows named %.60s", o->only);
	if (o->parts)
		fprintf(out, ", each %u-th row from %u", o->parts, o->part);
	fprintf(out, "%s\n# judged %llu\n# undecoded %llu\n", s->out_of_time ? ", STOPPED BY THE TIME LIMIT" : "",
		(unsigned long long)j->cases, (unsigned long long)j->undecoded);
}

/* How the other two decoders read what the table has read. */
static void write_readings(const struct judge *j, FILE *out)
{
	static const char *const who[OTHER_DECODERS] = {"Capstone", "Zydis"};
	static const char *const encodings[DECODER_ENCODINGS] = {"legacy", "VEX", "EVEX"};
	static const char *const kinds[READINGS] = {"agrees", "cannot read it", "another length",
						    "an operand in memory, or none, where the other is",
						    "another address expression"};
	struct decoder_stats s;

	decoder_read_stats(j->harness->host.decoder, &s);
	for (unsigned i = 0; i < OTHER_DECODERS; i++)
		for (unsigned e = 0; e < DECODER_ENCODINGS; e++)
			for (unsigned k = 0; k < READINGS; k++)
				if (s.readings[i][e][k])
					fprintf(out, "# reading %s | %s | %s | %llu\n", who[i], encodings[e], kinds[k],
						(unsigned long long)s.readings[i][e][k]);
}

static const char *judge_name(const struct judge *j)
{
	switch (j->harness->judge) {
	case JUDGE_TCG:
		return ", which is QEMU's software CPU";
	case JUDGE_PVM:
		return ", KVM is kvm_pvm";
	case JUDGE_EMULATOR:
		return ", KVM is kvm_pvm, which emulates this level";
	default:
		return "";
	}
}

static int write_table(const struct conform_options *o, const struct suite *s, double seconds, struct error *e)
{
	const struct judge *j = s->judge;
	FILE *file;
	char host[HOST_NAME], where[HOST_NAME + 60];
	int err;

	if (!o->table)
		return 0;
	file = fopen(o->table, "we");
	if (!file)
		return error_set(e, STATUS_INPUT, "%s: %s", o->table, strerror(errno));
	host_name(host);
	snprintf(where, sizeof(where), "%s%s", host, judge_name(j));
	write_what(s, o, file);
	write_readings(j, file);
	readings_write(j->readings, j->harness->host.decoder, file);
	err = tally_write(j->tally, j->harness->name, where, seconds, j->known, file);
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
	if (err < 0 || write_table(o, &suite, seconds, e) < 0)
		return -1;
	return j->mismatches ? 1 : 0;
}

int conform(const struct conform_options *o, FILE *out, struct error *e)
{
	struct judge *j = aligned_alloc(64, (sizeof(*j) + 63) / 64 * 64);
	struct tally *tally = tally_new();
	struct readings *readings = readings_new();
	struct harness harness;
	int result = -1;

	if (!j || !tally || !readings)
		error_set(e, STATUS_HOST, "out of memory");
	else if (open_harness(o, &harness, e) == 0) {
		judge_begin(j, &harness, tally);
		j->readings = readings;
		result = o->has_case ? run_one(j, &o->one, out, e) : run_suite(o, j, out, e);
		close_harness(o, &harness);
	}
	readings_free(readings);
	tally_free(tally);
	free(j);
	return result;
}
