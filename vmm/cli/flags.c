#include "vmm/cli/flags.h"

#include <getopt.h>
#include <string.h>

#define FLAGS_MAX 16
#define VALUE_BASE 0x100 /* getopt_long gives back VALUE_BASE + the flag's index: apart from any character */

int flags_read(int argc, char **argv, const struct flag *flags, bool *help, struct error *e)
{
	struct option list[FLAGS_MAX + 2] = {{.name = "help", .val = 'h'}};
	int value;

	for (int i = 0; flags[i].name && i < FLAGS_MAX; i++)
		list[i + 1] = (struct option){.name = flags[i].name,
					      .has_arg = flags[i].value ? required_argument : no_argument,
					      .val = VALUE_BASE + i};
	optind = 0; /* GNU getopt: start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
		if (value == 'h')
			*help = true;
		else if (value == ':')
			return error_set(e, STATUS_USAGE, "--%s needs a value", flags[optopt - VALUE_BASE].name);
		else if (value == '?' && optopt >= VALUE_BASE)
			return error_set(e, STATUS_USAGE, "--%s takes no value", flags[optopt - VALUE_BASE].name);
		else if (value < VALUE_BASE)
			return error_set(e, STATUS_USAGE, "unknown option '%.100s'; see 'lodestore %s --help'",
					 argv[optind - 1], argv[0]);
		else if (flags[value - VALUE_BASE].value)
			*flags[value - VALUE_BASE].value = optarg;
		else
			*flags[value - VALUE_BASE].set = true;
	}
	return optind;
}
