#include "vmm/cli/verbs.h"

#include <stddef.h>
#include <stdio.h>

const struct verb *verb_table(void)
{
	static const struct verb verbs[] = {
		{"run", "run a guest, with any of its memory answered by keepers", verb_run},
		{"trace", "run a guest and record each access to some of its memory", verb_trace},
		{"replay", "run a guest again, with the values of a trace", verb_replay},
		{"export", "write a trace as other tools read it", verb_export},
		{"mark", "put a mark into a trace that is being made", verb_mark},
		{"ctl", "pause, inspect or change a guest that runs", verb_ctl},
		{"doctor", "say what this host's KVM can do, by trying it", verb_doctor},
		{"decode", "say what the decoder sees in some bytes", verb_decode},
		{"bench", "measure what an access costs on this host", verb_bench},
		{"conform", "compare what lodestore does with what the CPU does", verb_conform},
		{"view", "print a trace, one record a line", verb_view},
		{"report", "say what a trace comes to, and what of it is strange", verb_report},
		{"heatmap", "draw a trace: addresses by time, or by function", verb_heatmap},
		{"diff", "say where two traces part", verb_diff},
		{"verify", "check that a trace is complete, in order and possible", verb_verify},
		{NULL, NULL, NULL},
	};

	return verbs;
}

int verb_fail(const struct error *e)
{
	fflush(stdout);
	fprintf(stderr, "lodestore: %s\n", e->text);
	return (int)e->status;
}
