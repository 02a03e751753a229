/* lodestore diff: where two traces part. */
#include "vmm/trace/read/diff.h"

#include "vmm/cli/reading.h"
#include "vmm/cli/verbs.h"
#include "vmm/trace/read/show.h"

#include <string.h>

#define TOP 10

struct request {
	struct reading a, b;
	bool help, equal;
};

static void print_help(void)
{
	puts("usage: lodestore diff [options] A B\n"
	     "\n"
	     "Compare the accesses of two traces in their order: who, from where, to what, with which\n"
	     "values. Time and markers do not count. Tell the first that differs, and which instructions\n"
	     "and addresses occur more often in one than in the other. Status 1 if they differ. With\n"
	     "several vCPUs compare one at a time (--vcpu 0).\n"
	     "\n"
	     "  --help          print this");
	reading_help();
}

/* The next access; 0 at the end. */
static int next_access(struct reading *r, struct trace_record *record, struct error *e)
{
	int got;

	while ((got = reading_next(r, record, e)) > 0 && !trace_is_access(record->kind))
		continue;
	return got;
}

static int compare_all(struct request *q, struct trace_diff *d, struct error *e)
{
	struct trace_record a, b;
	int more_a = 1, more_b = 1;

	for (;;) {
		if (more_a > 0)
			more_a = next_access(&q->a, &a, e);
		if (more_a >= 0 && more_b > 0)
			more_b = next_access(&q->b, &b, e);
		if (more_a < 0 || more_b < 0)
			return -1;
		if (!more_a && !more_b)
			return 0;
		trace_diff_put(d, more_a ? &a : NULL, more_b ? &b : NULL);
	}
}

static void show_one(const struct request *q, const char *name, const struct reading *reading,
		     const struct trace_record *r, struct decoder *decoder)
{
	const struct show s = {.decoder = decoder,
			       .places = reading_places(&q->a),
			       .start = reading_start(reading),
			       .hz = reading_hz(reading)};

	printf("%s: ", name);
	if (r)
		show_record(&s, r, stdout);
	else
		printf("(the end)\n");
}

static int print_first(const struct request *q, const struct trace_diff *d, struct error *e)
{
	const struct trace_record *a, *b;
	struct decoder *decoder = decoder_new();

	if (!decoder)
		return error_set(e, STATUS_HOST, "the decoder cannot start");
	trace_diff_first(d, &a, &b);
	show_one(q, "A", &q->a, a, decoder);
	show_one(q, "B", &q->b, b, decoder);
	decoder_free(decoder);
	return 0;
}

static int diff(struct request *q, const char *path_a, const char *path_b, struct error *e)
{
	struct trace_diff *d;
	int err;

	if (reading_open(&q->a, path_a, e) < 0 || reading_open(&q->b, path_b, e) < 0)
		return -1;
	d = trace_diff_new(reading_places(&q->a));
	if (!d)
		return error_set(e, STATUS_HOST, "no memory to compare them");
	err = compare_all(q, d, e);
	q->equal = trace_diff_equal(d);
	if (err == 0 && !q->equal)
		err = print_first(q, d, e);
	if (err == 0)
		trace_diff_print(d, TOP, stdout);
	trace_diff_free(d);
	return err;
}

static int compare_operands(struct request *q, int argc, char **argv, int operands, struct error *e)
{
	if (argc - operands != 2)
		return error_set(e, STATUS_USAGE, "diff compares two traces, not %d; see 'lodestore diff --help'",
				 argc - operands);
	if (strcmp(argv[operands], "-") == 0 && strcmp(argv[operands + 1], "-") == 0)
		return error_set(e, STATUS_USAGE, "only one of the two can be standard input");
	/* the same conditions; the second has its own place in its own file, and frees nothing of them */
	q->b = q->a;
	return diff(q, argv[operands], argv[operands + 1], e);
}

int verb_diff(int argc, char **argv)
{
	const struct reading_option own[] = {{NULL, 0, NULL, NULL}};
	struct request q = {.help = false};
	struct error e;
	int operands = reading_options(&q.a, argc, argv, own, &q.help, &e), err = operands < 0 ? -1 : 0;

	q.equal = true;
	if (err == 0 && q.help) {
		print_help();
	} else if (err == 0) {
		err = compare_operands(&q, argc, argv, operands, &e);
		if (err == 0) {
			reading_warn(&q.a);
			reading_warn(&q.b);
		}
	}
	q.b.filter = NULL;
	q.b.places = NULL;
	reading_close(&q.b);
	reading_close(&q.a);
	return err < 0 ? verb_fail(&e) : q.equal ? STATUS_OK : STATUS_GUEST;
}
