/* lodestore report: what a trace comes to. */
#include "vmm/trace/read/report.h"

#include "vmm/cli/reading.h"
#include "vmm/cli/verbs.h"
#include "vmm/number.h"

#include <string.h>

#define TOP 10

struct request {
	struct reading reading;
	const char *top_text;
	uint64_t top;
	bool json, help;
};

static void print_help(void)
{
	puts("usage: lodestore report [options] FILE\n"
	     "\n"
	     "Count a trace's accesses by function, instruction, object, address, page, size, process and\n"
	     "vCPU, and tell what is strange: dead stores, double fetches, stores of the same value, loads\n"
	     "of what nobody stored, memory that several share. docs/tracing.md says how each is counted.\n"
	     "FILE - is standard input.\n"
	     "\n"
	     "  --top N         so many rows of each table (default: 10)\n"
	     "  --json          one JSON object\n"
	     "  --help          print this");
	reading_help();
}

static int take_options(struct request *q, int argc, char **argv, const char **path, struct error *e)
{
	const struct reading_option own[] = {
		{"top", 0, NULL, &q->top_text}, {"json", 0, &q->json, NULL}, {NULL, 0, NULL, NULL}};
	int operands = reading_options(&q->reading, argc, argv, own, &q->help, e);
	const char *why = NULL;

	if (operands < 0 || q->help)
		return operands < 0 ? -1 : 0;
	if (q->top_text)
		why = number_parse(q->top_text, strlen(q->top_text), &q->top);
	if (!why && (q->top == 0 || q->top > REPORT_TOP_MAX))
		why = q->top ? "is too many" : "is none";
	if (why)
		return error_set(e, STATUS_USAGE, "--top: '%.80s' %s", q->top_text, why);
	*path = reading_operand(argc, argv, operands, e);
	return *path ? 0 : -1;
}

static int report(struct request *q, const char *path, struct error *e)
{
	struct trace_record record;
	struct report *r;
	int got;

	if (reading_open(&q->reading, path, e) < 0)
		return -1;
	r = report_new(reading_places(&q->reading));
	if (!r)
		return error_set(e, STATUS_HOST, "no memory for a report");
	while ((got = reading_next(&q->reading, &record, e)) > 0)
		report_record(r, &record);
	report_print(r,
		     &(struct report_form){.top = (unsigned)q->top,
					   .json = q->json,
					   .hz = reading_hz(&q->reading),
					   .command = trace_reader_field(q->reading.reader, "command")},
		     stdout);
	report_free(r);
	return got;
}

int verb_report(int argc, char **argv)
{
	struct request q = {.top = TOP};
	const char *path = NULL;
	struct error e;
	int err = take_options(&q, argc, argv, &path, &e);

	if (err == 0 && q.help)
		print_help();
	else if (err == 0)
		err = report(&q, path, &e);
	return reading_finish(&q.reading, err, &e);
}
