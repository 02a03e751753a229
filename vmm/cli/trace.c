/* lodestore trace: a run of which each access to some memory is recorded. */
#include "vmm/cli/option_table.h"
#include "vmm/cli/options.h"
#include "vmm/cli/verbs.h"
#include "vmm/machine/machine.h"
#include "vmm/machine/range.h"
#include "vmm/number.h"
#include "vmm/trace/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMAND_MAX 4096

/* What the extra options fill. */
struct wanted {
	struct trace_options trace;
	bool only_stores; /* -t w */
	char command[COMMAND_MAX];
};

static void print_help(void)
{
	puts("usage: lodestore trace [options] -w RANGE... -o FILE IMAGE [MODULE...]\n"
	     "\n"
	     "Run a guest as 'lodestore run' does, and record each load and store of RANGE into FILE.\n"
	     "\n"
	     "  -w RANGE         memory to trace, any number of times\n"
	     "  -o FILE          the trace; - for standard output, none to record and count but keep nothing\n"
	     "  --force          replace FILE if it exists\n"
	     "  --lossless       the guest waits where records come faster than they can be written\n"
	     "  --keep-going     the guest goes on where the trace cannot be written any more\n"
	     "  --after N, --for N, --every N\n"
	     "                   of the accesses that meet the conditions, leave out the first N; record N; one of N\n"
	     "  --start-at ADDR|SYMBOL, --stop-at ADDR|SYMBOL\n"
	     "                   record between the executions of these (the KVM must single-step)\n"
	     "  --max-records N, --max-size SIZE\n"
	     "                   end the guest when so much is recorded\n"
	     "  --time-resolution NS\n"
	     "                   tell times to so many nanoseconds, and to a sixteenth of the time since the record\n"
	     "                   before (default: 100); 0: as they were read, which takes about a byte more a record\n"
	     "  --max-slowdown F leave the hottest pages alone for a while where the guest gets slower than F times\n"
	     "\n"
	     "Conditions, which all must hold (--cpl is the level that a bare guest starts at):\n");
	trace_filter_help(stdout, "at-cpl");
	puts("\nOptions of 'lodestore run':");
	option_help(stdout);
	puts("\nRANGE is as there; docs/tracing.md tells more.");
}

/* --- values --------------------------------------------------------------------------------- */

static int number(const char *text, uint64_t min, uint64_t *out, struct error *e)
{
	const char *why = number_parse(text, strlen(text), out);

	if (why)
		return error_set(e, STATUS_USAGE, "'%.80s' %s", text, why);
	return *out >= min ? 0 : error_set(e, STATUS_USAGE, "'%.80s' is less than %llu", text, (unsigned long long)min);
}

static int set_range(void *self, const char *name, const char *value, struct error *e)
{
	struct trace_options *o = &((struct wanted *)self)->trace;
	struct virtual_range *range = &o->ranges[o->nranges];

	(void)name;
	if (o->nranges == TRACE_RANGES_MAX)
		return error_set(e, STATUS_USAGE, "more than %u are given", TRACE_RANGES_MAX);
	*range = (struct virtual_range){.keeper = "memory"};
	if (range_parse(value, &range->range, e) < 0)
		return -1;
	o->nranges++;
	return 0;
}

static int set_output(void *self, const char *name, const char *value, struct error *e)
{
	struct trace_options *o = &((struct wanted *)self)->trace;

	(void)name;
	if (!*value)
		return error_set(e, STATUS_USAGE, "the file name is empty");
	o->writer.path = value;
	o->output_is_stdout = strcmp(value, "-") == 0;
	return 0;
}

static int set_flag(void *self, const char *name, const char *value, struct error *e)
{
	struct trace_options *o = &((struct wanted *)self)->trace;

	(void)value;
	(void)e;
	if (strcmp(name, "force") == 0)
		o->writer.force = true;
	else if (strcmp(name, "lossless") == 0)
		o->writer.lossless = true;
	else
		o->keep_going = true;
	return 0;
}

static int set_count(void *self, const char *name, const char *value, struct error *e)
{
	struct trace_options *o = &((struct wanted *)self)->trace;
	struct {
		const char *name;
		uint64_t min, *out;
	} counts[] = {{"after", 0, &o->after},
		      {"for", 1, &o->wanted},
		      {"every", 1, &o->every},
		      {"max-records", 1, &o->max_records},
		      {"max-size", 1, &o->writer.max_size},
		      {"time-resolution", 0, &o->time_resolution}};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(name, counts[i].name) == 0)
			return number(value, counts[i].min, counts[i].out, e);
	return error_set(e, STATUS_USAGE, "there is no such count");
}

static int set_slowdown(void *self, const char *name, const char *value, struct error *e)
{
	char *end;
	double factor = strtod(value, &end);

	(void)name;
	if (end == value || *end || !isfinite(factor) || factor < 1.01 || factor > 1e6)
		return error_set(e, STATUS_USAGE, "'%.80s' is not a number from 1.01 to 1000000", value);
	((struct wanted *)self)->trace.max_slowdown = factor;
	return 0;
}

/* An address, or a symbol with or without +offset. */
static int set_place(void *self, const char *name, const char *value, struct error *e)
{
	struct trace_options *o = &((struct wanted *)self)->trace;
	bool starts = strcmp(name, "start-at") == 0, is_number = *value >= '0' && *value <= '9';
	struct range range;
	char text[200];

	if (snprintf(text, sizeof(text), is_number ? "va:%s+1" : "sym:%s,1", value) >= (int)sizeof(text))
		return error_set(e, STATUS_USAGE, "'%.80s...' is too long", value);
	if (range_parse(text, &range, e) < 0)
		return -1;
	if (range.stores_only || range.of_user)
		return error_set(e, STATUS_USAGE, "'%.80s' is a place in code: no ':w' or ':u'", value);
	range.text = value;
	*(starts ? &o->start_at : &o->stop_at) = range;
	*(starts ? &o->has_start : &o->has_stop) = true;
	return 0;
}

static int set_condition(void *self, const char *name, const char *value, struct error *e)
{
	struct wanted *w = self;
	struct trace_options *o = &w->trace;
	const char *condition = strcmp(name, "at-cpl") == 0 ? "cpl" : name;
	size_t used = strlen(o->conditions);

	if (!o->filter && !(o->filter = trace_filter_new()))
		return error_set(e, STATUS_HOST, "no memory");
	if (trace_filter_add(o->filter, condition, value, e) < 0)
		return -1;
	w->only_stores |= strcmp(condition, "t") == 0 && strcmp(value, "w") == 0;
	if (snprintf(o->conditions + used, sizeof(o->conditions) - used, "%s%s=%s", used ? " " : "", condition,
		     value) >= (int)(sizeof(o->conditions) - used))
		return error_set(e, STATUS_USAGE, "the conditions are longer than %zu bytes together",
				 sizeof(o->conditions) - 1);
	return 0;
}

static const struct extra_option extras[] = {
	{"w", "RANGE", set_range},
	{"o", "FILE", set_output},
	{"t", "r|w|rw|x", set_condition},
	{"at-cpl", "N", set_condition},
	{"cr3", "N", set_condition},
	{"rip", "RANGE", set_condition},
	{"linear", "RANGE", set_condition},
	{"gpa", "RANGE", set_condition},
	{"size", "N", set_condition},
	{"vcpu", "N", set_condition},
	{"badge", "N", set_condition},
	{"when", "EXPRESSION", set_condition},
	{"after", "N", set_count},
	{"for", "N", set_count},
	{"every", "N", set_count},
	{"start-at", "ADDR|SYMBOL", set_place},
	{"stop-at", "ADDR|SYMBOL", set_place},
	{"max-records", "N", set_count},
	{"max-size", "SIZE", set_count},
	{"max-slowdown", "F", set_slowdown},
	{"time-resolution", "NS", set_count},
	{"lossless", NULL, set_flag},
	{"force", NULL, set_flag},
	{"keep-going", NULL, set_flag},
	{NULL, NULL, NULL},
};

/* --- the whole -------------------------------------------------------------------------------- */

/* The command line, with quotes around what has blanks: for people. */
static void join(int argc, char **argv, char out[COMMAND_MAX])
{
	size_t used = (size_t)snprintf(out, COMMAND_MAX, "lodestore");

	for (int i = 0; i < argc && used < COMMAND_MAX; i++) {
		const char *quote = argv[i][0] == '\0' || strpbrk(argv[i], " \t\"$&|<>;*?!()") ? "'" : "";

		used += (size_t)snprintf(out + used, COMMAND_MAX - used, " %s%s%s", quote, argv[i], quote);
	}
}

/* --force is for an older trace: what the guest is made of is not to be replaced by a trace of it. */
static int spare_inputs(const struct boot_options *boot, const char *path, struct error *e)
{
	const char *inputs[BOOT_MODULES_MAX + 3] = {boot->image, boot->initrd, boot->symbols};
	struct stat out, input;

	for (unsigned i = 0; i < boot->nmodules; i++)
		inputs[3 + i] = boot->modules[i].path;
	if (stat(path, &out) < 0 || !S_ISREG(out.st_mode))
		return 0;
	for (unsigned i = 0; i < 3 + boot->nmodules; i++)
		if (inputs[i] && stat(inputs[i], &input) == 0 && input.st_dev == out.st_dev &&
		    input.st_ino == out.st_ino)
			return error_set(e, STATUS_USAGE, "-o %.200s is a file that the guest is made of", path);
	return 0;
}

static bool is_dash(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static int finish(struct run_options *o, struct wanted *w, struct error *e)
{
	struct trace_options *t = &w->trace;

	if (t->nranges == 0)
		return error_set(e, STATUS_USAGE, "nothing to trace: no -w RANGE; see 'lodestore trace --help'");
	if (!t->writer.path)
		return error_set(e, STATUS_USAGE, "no -o FILE; see 'lodestore trace --help'");
	if (t->output_is_stdout && (is_dash(o->machine.log) || is_dash(o->machine.dump)))
		return error_set(e, STATUS_USAGE, "the trace goes to standard output: --log and --dump cannot too");
	if (t->writer.force && spare_inputs(&o->machine.boot, t->writer.path, e) < 0)
		return -1;
	for (unsigned i = 0; i < t->nranges && w->only_stores; i++)
		t->ranges[i].range.stores_only = true; /* loads need not trap */
	t->command = w->command;
	o->machine.serial_to_stderr = t->output_is_stdout;
	o->machine.trace = t;
	return 0;
}

int verb_trace(int argc, char **argv)
{
	struct error e = {.status = STATUS_OK};
	struct wanted *w = calloc(1, sizeof(*w));
	struct run_options *o = NULL;
	int status = 0;

	if (!w) {
		error_set(&e, STATUS_HOST, "no memory");
		return verb_fail(&e);
	}
	join(argc, argv, w->command);
	w->trace.time_resolution = TRACE_RESOLUTION_DEFAULT;
	o = run_options_new_with(argc, argv, extras, w, &e);
	if (!o)
		status = (int)e.status;
	else if (o->help)
		print_help();
	else if (finish(o, w, &e) < 0)
		status = (int)e.status;
	else
		status = machine_run(&o->machine, &e);
	run_options_free(o);
	trace_filter_free(w->trace.filter);
	free(w);
	if (e.text[0])
		verb_fail(&e);
	return status;
}
