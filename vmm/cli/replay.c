/* lodestore replay: a run again, with a trace answering for the memory it was recorded of. */
#include "vmm/trace/replay.h"
#include "vmm/cli/option_table.h"
#include "vmm/cli/options.h"
#include "vmm/cli/verbs.h"
#include "vmm/machine/machine.h"

#include <stdio.h>
#include <string.h>

static void print_help(void)
{
	puts("usage: lodestore replay TRACE [options of run] IMAGE [MODULE...]\n"
	     "\n"
	     "Run a guest again: loads of the memory that TRACE was recorded of get the values of then. The first\n"
	     "access that is another one ends it: both are printed, and the status is 1. The status is 0 if all was\n"
	     "repeated, however the guest then ended. --virtual of that memory is not needed, and is left out.\n"
	     "\n"
	     "Options of 'lodestore run':");
	option_help(stdout);
}

static struct keeper *make_keeper(void *self, gpa_t start, const struct keeper_env *env)
{
	return replay_keeper(self, start.v, env->bytes, env->size);
}

/* Before those of the command line: what these say of the same memory is left out. */
static int keep_ranges(struct machine_options *o, struct replay *replay, struct error *e)
{
	struct replay_range ranges[OPTIONS_VIRTUAL_MAX];
	unsigned n = replay_ranges(replay, ranges, OPTIONS_VIRTUAL_MAX);

	if (n + o->nvirtual > OPTIONS_VIRTUAL_MAX)
		return error_set(e, STATUS_USAGE, "the trace has %u ranges, which with --virtual are more than %u", n,
				 OPTIONS_VIRTUAL_MAX);
	memmove(o->virtual + n, o->virtual, o->nvirtual * sizeof(*o->virtual));
	o->nvirtual += n;
	for (unsigned i = 0; i < n; i++)
		o->virtual[i] = (struct virtual_range){
			.range = {.start = ranges[i].start,
				  .size = ranges[i].size,
				  .stores_only = ranges[i].stores_only,
				  .text = "of the trace"},
			.keeper = "replay",
			.make = make_keeper,
			.self = replay,
		};
	return 0;
}

/* How the replay ended says the status; but where the guest ended too early, what ended it may. */
static int status_of(enum replay_end end, int status, const struct error *e)
{
	switch (end) {
	case REPLAY_SAME:
	case REPLAY_CUT:
		return STATUS_OK;
	case REPLAY_SHORT:
		return e->text[0] && status != STATUS_OK ? status : STATUS_GUEST;
	case REPLAY_DIFFERS:
	case REPLAY_MORE:
		return STATUS_GUEST;
	case REPLAY_GAP:
	case REPLAY_BAD:
		break;
	}
	return STATUS_INPUT;
}

static int replay_run(struct machine_options *o, struct replay *replay, struct error *e)
{
	enum replay_end end;
	int status;

	if (keep_ranges(o, replay, e) < 0)
		return (int)e->status;
	e->status = STATUS_OK;
	status = machine_run(o, e);
	if (e->status != STATUS_OK)
		return status; /* it could not be run */
	end = replay_end(replay);
	if (end != REPLAY_SAME && end != REPLAY_SHORT)
		e->text[0] = '\0'; /* the replay ended it */
	replay_report(replay, stderr);
	return status_of(end, status, e);
}

/* The first operand is the trace: "replay TRACE run options", wherever it stands. */
static char *take_trace(int *argc, char **argv)
{
	char *trace;

	if (*argc < 2 || argv[1][0] == '-')
		return NULL;
	trace = argv[1];
	memmove(argv + 1, argv + 2, sizeof(*argv) * (size_t)(*argc - 1));
	--*argc;
	return trace;
}

int verb_replay(int argc, char **argv)
{
	struct error e = {.status = STATUS_OK};
	char *trace = take_trace(&argc, argv);
	struct run_options *o = run_options_new(argc, argv, &e);
	struct replay *replay = NULL;
	int status = STATUS_OK;

	if (!o)
		return verb_fail(&e);
	if (o->help)
		print_help();
	else if (!trace)
		error_set(&e, STATUS_USAGE, "the trace comes first: lodestore replay TRACE [options] IMAGE");
	else if (o->machine.boot.cpus > 1)
		error_set(&e, STATUS_USAGE, "--cpus: in which order several vCPUs come to a page cannot be repeated");
	else
		replay = replay_open(trace, &e);
	if (replay)
		status = replay_run(&o->machine, replay, &e);
	else
		status = (int)e.status;
	replay_close(replay);
	run_options_free(o);
	if (e.text[0])
		verb_fail(&e);
	return status;
}
