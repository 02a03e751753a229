/* lodestore view: a trace, one record a line. */
#include "vmm/cli/reading.h"
#include "vmm/cli/verbs.h"
#include "vmm/trace/read/show.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct request {
	struct reading reading;
	const char *fields;
	bool json, follow, help;
	struct show show;
};

static void print_help(void)
{
	puts("usage: lodestore view [options] FILE\n"
	     "\n"
	     "Print the records of a trace, one a line. FILE - is standard input.\n"
	     "\n"
	     "  -F, --fields NAME,...  only these fields, with tabs between them\n"
	     "  --json          one JSON object a line\n"
	     "  --follow        wait for what is still being written, to its foot\n"
	     "  --help          print this");
	reading_help();
	puts("Fields:");
	show_help(stdout);
}

static int print_records(struct request *q, struct error *e)
{
	struct trace_record record;
	int got;

	while ((got = reading_next(&q->reading, &record, e)) > 0) {
		show_record(&q->show, &record, stdout);
		if (ferror(stdout))
			return error_set(e, STATUS_HOST, "standard output: %s", strerror(errno));
	}
	fflush(stdout);
	return got;
}

/* Until there is a foot: read on where it ended. */
static int follow(struct request *q, struct error *e)
{
	const struct timespec pause = {.tv_nsec = 200000000};

	while (q->reading.unfinished && q->reading.count > 0) {
		nanosleep(&pause, NULL);
		trace_reader_close(q->reading.reader);
		q->reading.unfinished = false;
		if (reading_open(&q->reading, q->reading.path, e) < 0 || print_records(q, e) < 0)
			return -1;
	}
	return 0;
}

static int view(struct request *q, const char *path, struct error *e)
{
	if (q->follow && strcmp(path, "-") == 0)
		return error_set(e, STATUS_USAGE, "--follow needs a file; standard input is followed anyway");
	if (reading_open(&q->reading, path, e) < 0)
		return -1;
	q->show.places = reading_places(&q->reading);
	q->show.start = reading_start(&q->reading);
	q->show.hz = reading_hz(&q->reading);
	if (print_records(q, e) < 0)
		return -1;
	return q->follow ? follow(q, e) : 0;
}

static int take_options(struct request *q, int argc, char **argv, const char **path, struct error *e)
{
	const struct reading_option own[] = {{"fields", 'F', NULL, &q->fields},
					     {"json", 0, &q->json, NULL},
					     {"follow", 0, &q->follow, NULL},
					     {NULL, 0, NULL, NULL}};
	int operands = reading_options(&q->reading, argc, argv, own, &q->help, e);

	if (operands < 0 || q->help)
		return operands < 0 ? -1 : 0;
	q->show.form = q->json ? SHOW_JSON : q->fields ? SHOW_FIELDS : SHOW_LINE;
	if (q->fields && show_choose(&q->show, q->fields, e) < 0)
		return -1;
	*path = reading_operand(argc, argv, operands, e);
	return *path ? 0 : -1;
}

int verb_view(int argc, char **argv)
{
	struct request q = {.fields = NULL};
	const char *path = NULL;
	struct error e;
	int err = take_options(&q, argc, argv, &path, &e);

	if (err == 0 && q.help) {
		print_help();
	} else if (err == 0) {
		q.show.decoder = decoder_new();
		err = q.show.decoder ? view(&q, path, &e) : error_set(&e, STATUS_HOST, "the decoder cannot start");
		decoder_free(q.show.decoder);
	}
	return reading_finish(&q.reading, err, &e);
}
