/* lodestore conform: is what lodestore does what the CPU does? */
#include "vmm/conform/conform.h"

#include "vmm/cli/flags.h"
#include "vmm/cli/hex.h"
#include "vmm/cli/verbs.h"
#include "vmm/number.h"

#include <string.h>

struct request {
	struct conform_options options;
	bool help, markdown, one;
	const char *cpl, *programs, *random, *seed, *each, *part, *seconds, *show;
};

static void print_help(void)
{
	puts("usage: lodestore conform [--vm] [--each N] [--part K/N] [--only NAME] [--random N] [--seed S]\n"
	     "                         [--seconds S] [--show N] [--table FILE]\n"
	     "       lodestore conform [--vm] --case HEX...\n"
	     "       lodestore conform --programs N [--cpl N] [--seed S] [--seconds S]\n"
	     "       lodestore conform --markdown TABLE...\n"
	     "\n"
	     "Run each form of the table of instructions on ordinary memory by the CPU and on virtual\n"
	     "pages by lodestore, from the same states, and compare all that the architecture defines.\n"
	     "\n"
	     "  --vm          in a VM of this host's KVM (default: within this process)\n"
	     "  --cpl N       with --vm, its privilege level: 3 (default) or 0\n"
	     "  --each N      cases of each spelling of a form (default: all, 165)\n"
	     "  --part K/N    only each N-th row of the table, from the K-th on (0/1: all)\n"
	     "  --only NAME   only rows of the table whose name holds NAME, as \"gather\"\n"
	     "  --random N    N random instructions in random states instead\n"
	     "  --programs N  N random programs in a VM, with runs (--run-length) and without\n"
	     "  --seed S      of the states, and of what is random (default: 1)\n"
	     "  --seconds S   stop after so many seconds\n"
	     "  --show N      print so many mismatches, made as small as can be (default: 10)\n"
	     "  --table FILE  write what was found, a line a form\n"
	     "  --case HEX    run only this case, as a mismatch prints it\n"
	     "  --markdown    print docs/conformance.md from such tables\n"
	     "  --help        print this\n"
	     "\n"
	     "The status is 0 if nothing differs, 1 if something does.");
}

/* The number of an option that was given; 0 or -1 with *e filled. */
static int take_number(const char *name, const char *text, uint64_t max, uint64_t *out, struct error *e)
{
	const char *wrong;
	uint64_t value;

	if (!text)
		return 0;
	wrong = number_parse(text, strlen(text), &value);
	if (wrong)
		return error_set(e, STATUS_USAGE, "conform: --%s: '%.80s' %s", name, text, wrong);
	if (value > max)
		return error_set(e, STATUS_USAGE, "conform: --%s: %.80s is more than %llu", name, text,
				 (unsigned long long)max);
	*out = value;
	return 0;
}

/* "2/8" */
static int take_part(const char *text, struct conform_options *o, struct error *e)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	uint64_t part = 0, parts = 0;

	if (!text)
		return 0;
	if (!slash || number_parse(text, (size_t)(slash - text), &part) ||
	    number_parse(slash + 1, strlen(slash + 1), &parts) || parts == 0 || part >= parts || parts > 65536)
		return error_set(e, STATUS_USAGE, "conform: --part: '%.80s' is not K/N with K less than N", text);
	o->part = (unsigned)part;
	o->parts = (unsigned)parts;
	return 0;
}

static int take_numbers(struct request *r, struct error *e)
{
	struct conform_options *o = &r->options;
	uint64_t cpl = 3, each = 0, seconds = 0, shown = 10;

	if (take_number("programs", r->programs, UINT64_MAX, &o->programs, e) < 0 ||
	    take_number("random", r->random, UINT64_MAX, &o->random, e) < 0 ||
	    take_number("seed", r->seed, UINT64_MAX, &o->seed, e) < 0 ||
	    take_number("each", r->each, 1u << 20, &each, e) < 0 || take_number("cpl", r->cpl, 3, &cpl, e) < 0 ||
	    take_number("seconds", r->seconds, 1u << 20, &seconds, e) < 0 ||
	    take_number("show", r->show, 1u << 20, &shown, e) < 0 || take_part(r->part, o, e) < 0)
		return -1;
	if (cpl != 0 && cpl != 3)
		return error_set(e, STATUS_USAGE, "conform: --cpl: %s is neither 0 nor 3", r->cpl);
	if (r->cpl && !o->vm && !o->programs)
		return error_set(e, STATUS_USAGE, "conform: --cpl is for --vm and --programs: a process runs at CPL 3");
	o->cpl = (unsigned)cpl;
	o->each = (unsigned)each;
	o->shown = (unsigned)shown;
	o->seconds = (double)seconds;
	return 0;
}

static int take_case(int argc, char **argv, int at, struct conform_options *o, struct error *e)
{
	uint8_t bytes[INSN_MAX + 32];
	size_t count = 0;

	for (int i = at; i < argc; i++)
		if (hex_append(argv[i], bytes, sizeof(bytes), &count, e) < 0)
			return -1;
	o->has_case = true;
	return case_parse(bytes, (unsigned)count, &o->one, e);
}

int verb_conform(int argc, char **argv)
{
	struct request r = {.options = {.seed = 1}};
	const struct flag flags[] = {{"vm", &r.options.vm, NULL},       {"cpl", NULL, &r.cpl},
				     {"programs", NULL, &r.programs},   {"each", NULL, &r.each},
				     {"part", NULL, &r.part},           {"random", NULL, &r.random},
				     {"seed", NULL, &r.seed},           {"seconds", NULL, &r.seconds},
				     {"table", NULL, &r.options.table}, {"case", &r.one, NULL},
				     {"show", NULL, &r.show},           {"markdown", &r.markdown, NULL},
				     {"only", NULL, &r.options.only},   {NULL, NULL, NULL}};
	struct error e;
	int operands = flags_read(argc, argv, flags, &r.help, &e);
	int status;

	if (operands < 0)
		return verb_fail(&e);
	if (r.help) {
		print_help();
		return STATUS_OK;
	}
	if (take_numbers(&r, &e) < 0 || (r.one && take_case(argc, argv, operands, &r.options, &e) < 0))
		return verb_fail(&e);
	if (operands < argc && !r.one && !r.markdown) {
		error_set(&e, STATUS_USAGE, "conform takes no '%.100s'; see 'lodestore conform --help'",
			  argv[operands]);
		return verb_fail(&e);
	}
	if (operands == argc && r.markdown) {
		error_set(&e, STATUS_USAGE, "conform: --markdown needs a table");
		return verb_fail(&e);
	}
	if (r.markdown)
		status = conform_markdown(argc - operands, argv + operands, stdout, &e);
	else if (r.options.programs)
		status = conform_programs(&r.options, stdout, &e);
	else
		status = conform(&r.options, stdout, &e);
	return status < 0 ? verb_fail(&e) : status ? STATUS_GUEST : STATUS_OK;
}
