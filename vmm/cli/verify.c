/* lodestore verify: is a trace complete, in order, and possible? */
#include "vmm/trace/read/verify.h"
#include "vmm/cli/reading.h"
#include "vmm/cli/verbs.h"

#define COUNTERS_MAX 1024 /* docs/trace-format.md, "The whole" */

static void print_help(void)
{
	puts("usage: lodestore verify FILE\n"
	     "\n"
	     "Check a trace: that the file is as it was written (checksums, order, nothing cut off); that\n"
	     "each access is one that its instruction can make; that each byte of memory is loaded as it\n"
	     "was stored; and that the records are as many as the foot counted. Each violation is named\n"
	     "with its record. Status 1 if there is one. FILE - is standard input.\n"
	     "\n"
	     "  --help  print this");
}

/* What the foot counted; how many. */
static unsigned read_foot(const struct trace_reader *reader, struct trace_counter *counters)
{
	unsigned n = 0;

	while (n < COUNTERS_MAX && trace_reader_foot(reader, n, &counters[n]))
		n++;
	return n;
}

/* Was a part of the stores to be left out? */
static bool is_selective(const struct trace_reader *reader)
{
	static const char *const names[] = {"conditions", "after", "for", "every", "start-at", "stop-at"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (trace_reader_field(reader, names[i]))
			return true;
	return false;
}

static bool verify_all(struct verify *v, struct reading *r)
{
	struct trace_counter counters[COUNTERS_MAX];
	struct trace_record record;
	uint64_t next = 0;
	unsigned n = 0;
	struct error e;
	int got;

	while ((got = reading_next(r, &record, &e)) > 0) {
		verify_record(v, &record);
		next = record.sequence + 1;
	}
	if (got < 0)
		verify_file(v, next, e.text);
	else if (r->unfinished)
		verify_file(v, next, r->how.text);
	else
		verify_counted(v, counters, n = read_foot(r->reader, counters));
	return verify_end(v, counters, n, is_selective(r->reader));
}

static int verify(struct reading *r, const char *path, bool *right, struct error *e)
{
	struct verify *v;

	if (reading_open(r, path, e) < 0)
		return -1;
	v = verify_new(stdout);
	if (!v)
		return error_set(e, STATUS_HOST, "no memory to verify %.200s", path);
	*right = verify_all(v, r);
	verify_free(v);
	return 0;
}

int verb_verify(int argc, char **argv)
{
	const struct reading_option own[] = {{NULL, 0, NULL, NULL}};
	bool help = false, right = false;
	const char *path = NULL;
	struct reading r;
	struct error e;
	int operands = reading_options(&r, argc, argv, own, &help, &e), err = operands < 0 ? -1 : 0;

	if (err == 0 && help) {
		print_help();
		right = true;
	} else if (err == 0 && (r.filtered || r.from || r.count != UINT64_MAX)) {
		err = error_set(&e, STATUS_USAGE, "verify looks at all records: it takes no conditions");
	} else if (err == 0) {
		path = reading_operand(argc, argv, operands, &e);
		err = path ? verify(&r, path, &right, &e) : -1;
	}
	reading_close(&r);
	return err < 0 ? verb_fail(&e) : right ? STATUS_OK : STATUS_GUEST;
}
