/* lodestore bench: what an access costs on this host. */
#include "vmm/bench/bench.h"
#include "vmm/cli/flags.h"
#include "vmm/cli/verbs.h"

int verb_bench(int argc, char **argv)
{
	bool json = false, help = false;
	const struct flag flags[] = {{"json", &json, NULL}, {NULL, NULL, NULL}};
	struct error e;
	int operands = flags_read(argc, argv, flags, &help, &e);

	if (operands < 0)
		return verb_fail(&e);
	if (help) {
		puts("usage: lodestore bench [--json]\n"
		     "\n"
		     "Measure on this host's KVM what a virtual access costs beside the bare fault, what\n"
		     "decoding and start-up cost, and that untouched memory costs nothing. Ratios count.\n"
		     "\n"
		     "  --json    one JSON object instead of text\n"
		     "  --help    print this");
		return STATUS_OK;
	}
	if (operands < argc) {
		error_set(&e, STATUS_USAGE, "bench takes no '%.100s'; see 'lodestore bench --help'", argv[operands]);
		return verb_fail(&e);
	}
	return bench(json, stdout, &e) < 0 ? verb_fail(&e) : STATUS_OK;
}
