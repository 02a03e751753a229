/* lodestore run: from the command line to a machine. */
#include "capmodel/catalog.h"
#include "vmm/cli/option_table.h"
#include "vmm/cli/options.h"
#include "vmm/cli/verbs.h"
#include "vmm/machine/machine.h"

#include <stdio.h>

static void print_help(void)
{
	puts("usage: lodestore run [options] [CONFIG.conf...] [IMAGE] [MODULE...]\n"
	     "\n"
	     "Run a guest on KVM, with any range of its memory answered by keepers.\n");
	option_help(stdout);
	puts("\n"
	     "RANGE is gpa:START+SIZE, gpa:START..END, va:..., or sym:NAME[+off][,size]; END is exclusive,\n"
	     "numbers are decimal or 0x hex with K, M or G after them; ':w' after a range traps stores only,\n"
	     "':u' after va: and sym: means the addresses of a program at CPL 3.\n"
	     "All options but --config, --keepers and --help may stand in a config under the same name.\n"
	     "On a terminal, Ctrl-A x quits and Ctrl-A h shows more. See lodestore(1).");
}

int verb_run(int argc, char **argv)
{
	struct error e = {.status = STATUS_OK};
	struct run_options *o = run_options_new(argc, argv, &e);
	int status = 0;

	if (!o)
		return verb_fail(&e);
	if (o->help)
		print_help();
	else if (o->keepers)
		keeper_catalog_print(stdout);
	else
		status = machine_run(&o->machine, &e);
	run_options_free(o);
	if (e.text[0])
		verb_fail(&e);
	return status;
}
