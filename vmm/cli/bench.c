/* lodestore bench: what an access costs on this host. */
#include "vmm/bench/bench.h"

#include "vmm/bench/own.h"
#include "vmm/cli/flags.h"
#include "vmm/cli/verbs.h"
#include "vmm/number.h"

#include <string.h>

static void print_help(void)
{
	puts("usage: lodestore bench [--access | --own | --cpus] [--json]\n"
	     "       lodestore bench --trace [--of FILE] [--json]\n"
	     "       lodestore bench --class CLASS [--times N]\n"
	     "       lodestore bench --classes\n"
	     "\n"
	     "Measure on this host's KVM what a virtual access costs beside the bare fault, what\n"
	     "decoding and start-up cost, and that untouched memory costs nothing. Ratios count.\n"
	     "\n"
	     "  --access       only a virtual access beside the bare fault\n"
	     "  --own          only the monitor's own part, by class of instruction: needs no KVM\n"
	     "  --trace        only what a trace's writer and reader take: needs no KVM\n"
	     "  --of FILE      with the accesses of that trace instead of made-up ones\n"
	     "  --cpus         only several vCPUs: on objects apart and on one, and how long all are stopped\n"
	     "  --json         one JSON object instead of text\n"
	     "  --class CLASS  carry one class out, and measure nothing: for tools that count\n"
	     "                 (make bench-instructions)\n"
	     "  --times N      so many times (default: 1)\n"
	     "  --classes      print the classes\n"
	     "  --help         print this");
}

static void print_classes(void)
{
	for (unsigned i = 0; i < CLASSES; i++)
		puts(classes[i].key);
}

static int repeat(const char *class, const char *times_text, struct error *e)
{
	const char *wrong = NULL;
	uint64_t times = 1;
	int err;

	if (times_text)
		wrong = number_parse(times_text, strlen(times_text), &times);
	if (wrong)
		return error_set(e, STATUS_USAGE, "bench: --times: '%.80s' %s", times_text, wrong);
	if (times > UINT32_MAX)
		return error_set(e, STATUS_USAGE, "bench: --times: %.80s is too many", times_text);
	err = own_repeat(class, (unsigned)times, e);
	if (err > 0)
		return error_set(e, STATUS_UNSUPPORTED, "bench: this CPU has no %.40s", class);
	return err;
}

int verb_bench(int argc, char **argv)
{
	bool json = false, help = false, access = false, own = false, trace = false, list = false, cpus = false;
	const char *class = NULL, *times = NULL, *of = NULL;
	const struct flag flags[] = {{"of", NULL, &of},        {"cpus", &cpus, NULL},     {"json", &json, NULL},
				     {"trace", &trace, NULL},  {"access", &access, NULL}, {"own", &own, NULL},
				     {"classes", &list, NULL}, {"class", NULL, &class},   {"times", NULL, &times},
				     {NULL, NULL, NULL}};
	struct error e;
	int operands = flags_read(argc, argv, flags, &help, &e);

	if (operands < 0)
		return verb_fail(&e);
	if (help) {
		print_help();
		return STATUS_OK;
	}
	if (operands < argc) {
		error_set(&e, STATUS_USAGE, "bench takes no '%.100s'; see 'lodestore bench --help'", argv[operands]);
		return verb_fail(&e);
	}
	if (access + own + trace + cpus + list + (class != NULL) > 1 || (times && !class) ||
	    (json && (class || list))) {
		error_set(&e, STATUS_USAGE, "bench: these options do not go together; see 'lodestore bench --help'");
		return verb_fail(&e);
	}
	if (list) {
		print_classes();
		return STATUS_OK;
	}
	if (of && !trace) {
		error_set(&e, STATUS_USAGE, "bench: --of is for --trace");
		return verb_fail(&e);
	}
	if (class)
		return repeat(class, times, &e) < 0 ? verb_fail(&e) : STATUS_OK;
	if (cpus)
		return bench_cpus(json, stdout, &e) < 0 ? verb_fail(&e) : STATUS_OK;
	if (trace)
		return bench_trace(of, json, stdout, &e) < 0 ? verb_fail(&e) : STATUS_OK;
	return (own ? bench_own : access ? bench_access : bench)(json, stdout, &e) < 0 ? verb_fail(&e) : STATUS_OK;
}
