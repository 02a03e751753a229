/* lodestore bench: what an access costs on this host. */
#include "vmm/bench/bench.h"
#include "vmm/cli/verbs.h"

#include <string.h>

int verb_bench(int argc, char **argv)
{
	struct error e = {.status = STATUS_OK};
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("usage: lodestore bench [--json]\n\n"
		     "Measure on this host's KVM what a virtual access costs beside the bare fault, what\n"
		     "decoding and start-up cost, and that untouched memory costs nothing. Ratios count.");
		return STATUS_OK;
	}
	if (argc > 2 || (argc == 2 && !json)) {
		error_set(&e, STATUS_USAGE, "bench: unknown option \"%s\"; see lodestore bench --help", argv[1]);
		return verb_fail(&e);
	}
	return bench(json, stdout, &e) < 0 ? verb_fail(&e) : STATUS_OK;
}
