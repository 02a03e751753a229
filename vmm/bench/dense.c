#include "vmm/bench/dense.h"

#include "vmm/access/run.h"
#include "vmm/bench/guest.h"
#include "vmm/machine/state.h"

#define ROUNDS 11
#define DENSE 30000
#define ALONE 2000

/* *least: the least so far. */
static int time_guest(enum guest_kind kind, unsigned count, unsigned run_length, double *least, struct error *e)
{
	struct guest guest;
	struct machine *m;

	if (guest_open(&guest, kind, count, e) < 0)
		return -1;
	guest.options.run_length = run_length;
	m = guest_time(&guest, count, least, e);
	if (m)
		machine_demolish(m);
	guest_close(&guest);
	return m ? 0 : -1;
}

int dense_measure(struct dense *dense, struct error *e)
{
	*dense = (struct dense){.run_ns = 0};
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (time_guest(GUEST_LOAD, DENSE, RUN_LENGTH_DEFAULT, &dense->run_ns, e) < 0 ||
		    time_guest(GUEST_ALONE, ALONE, 0, &dense->alone_ns, e) < 0 ||
		    time_guest(GUEST_ALONE, ALONE, RUN_LENGTH_DEFAULT, &dense->alone_tried_ns, e) < 0)
			return -1;
	}
	return 0;
}

void dense_print_text(const struct dense *dense, double floor_ns, FILE *out)
{
	fprintf(out, "virtual loads in a run     %10.0f ns   %.3f x floor  (three instructions each)\n", dense->run_ns,
		dense->run_ns / floor_ns);
	fprintf(out, "virtual load, alone        %10.0f ns without runs, %.0f ns with them: %.3f x\n", dense->alone_ns,
		dense->alone_tried_ns, dense->alone_tried_ns / dense->alone_ns);
}

void dense_print_json(const struct dense *dense, double floor_ns, FILE *out)
{
	fprintf(out, " \"dense_ns\": %.0f, \"dense_ratio\": %.4f,\n", dense->run_ns, dense->run_ns / floor_ns);
	fprintf(out, " \"alone_ns\": %.0f, \"alone_with_runs_ns\": %.0f,\n", dense->alone_ns, dense->alone_tried_ns);
}
