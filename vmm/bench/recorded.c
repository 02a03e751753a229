#include "vmm/bench/recorded.h"

#include "vmm/access/run.h"
#include "vmm/bench/guest.h"
#include "vmm/machine/traced.h"

#define ROUNDS 11
#define WITH_EXIT 2000
#define IN_RUN 30000

/* All of the guest's page, encoded and thrown away. */
static struct trace_options recording(const struct guest *guest)
{
	return (struct trace_options){
		.nranges = 1,
		.ranges = {guest->options.virtual[0]},
		.writer = {.path = "none"},
		.time_resolution = TRACE_RESOLUTION_DEFAULT,
		.command = "bench",
	};
}

static void read_counts(const struct machine *m, struct recorded *r)
{
	struct trace_written written;

	trace_writer_flush(m->traced->recorder.writer);
	written = trace_writer_state(m->traced->recorder.writer);
	r->lost += (double)written.lost;
	if (written.records > 0)
		r->record_bytes = (double)written.bytes / (double)written.records;
}

/* *least: the least so far. r: where it is recorded, or NULL. */
static int time_guest(unsigned count, unsigned run_length, struct recorded *r, double *least, struct error *e)
{
	struct trace_options trace;
	struct guest guest;
	struct machine *m;

	if (guest_open(&guest, GUEST_LOAD, count, e) < 0)
		return -1;
	guest.options.run_length = run_length;
	trace = recording(&guest);
	guest.options.trace = r ? &trace : NULL;
	m = guest_time(&guest, count, least, e);
	if (m && r)
		read_counts(m, r);
	if (m)
		machine_demolish(m);
	guest_close(&guest);
	return m ? 0 : -1;
}

int recorded_measure(struct recorded *recorded, struct error *e)
{
	struct recorded r = {.exit_ns = 0};

	for (unsigned i = 0; i < ROUNDS; i++)
		if (time_guest(WITH_EXIT, 0, NULL, &r.exit_ns, e) < 0 ||
		    time_guest(WITH_EXIT, 0, &r, &r.exit_recorded_ns, e) < 0 ||
		    time_guest(IN_RUN, RUN_LENGTH_DEFAULT, NULL, &r.run_ns, e) < 0 ||
		    time_guest(IN_RUN, RUN_LENGTH_DEFAULT, &r, &r.run_recorded_ns, e) < 0)
			return -1;
	*recorded = r;
	return 0;
}

void recorded_print_text(const struct recorded *r, FILE *out)
{
	fprintf(out, "recorded access, with exit %10.0f ns   %.3f x without recording (to reach: <= 1.10)\n",
		r->exit_recorded_ns, r->exit_recorded_ns / r->exit_ns);
	fprintf(out, "recorded access, in a run  %10.0f ns   %.3f x without recording; %.2f bytes each, %.0f lost\n",
		r->run_recorded_ns, r->run_recorded_ns / r->run_ns, r->record_bytes, r->lost);
}

void recorded_print_json(const struct recorded *r, FILE *out)
{
	fprintf(out, " \"recorded_exit_ns\": %.0f, \"recorded_exit_ratio\": %.4f,\n", r->exit_recorded_ns,
		r->exit_recorded_ns / r->exit_ns);
	fprintf(out, " \"recorded_run_ns\": %.0f, \"recorded_run_ratio\": %.4f, \"record_bytes\": %.3f,\n",
		r->run_recorded_ns, r->run_recorded_ns / r->run_ns, r->record_bytes);
}
