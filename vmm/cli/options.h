/*
 * options.h: what `lodestore run` was asked for, from its command line and the
 * configs it names.
 *
 * Options that take one value: the command line wins over the config, a later one
 * over an earlier one. Options that may be repeated add up, the config's first.
 */
#ifndef VMM_CLI_OPTIONS_H
#define VMM_CLI_OPTIONS_H

#include "vmm/error.h"
#include "vmm/machine/options.h"

#include <stdbool.h>

struct kept_text;

struct run_options {
	struct machine_options machine;
	bool help, keepers; /* asked to print these and do nothing else */
	uint64_t given; /* bit i: row i of option_table.h was given, by command line or config */
	struct kept_text *kept; /* the strings that machine points to */
};

/*
 * argv[0] is the verb. The order of argv is changed (operands last), its strings
 * are not kept. NULL with *e filled.
 */
struct run_options *run_options_new(int argc, char **argv, struct error *e);

/* An option of another verb that takes those of `run` too. */
struct extra_option {
	const char *name; /* NULL closes a list; of one letter: as "-w", else as "--name" */
	const char *value; /* how its value is called in errors; NULL: it takes none */
	/* value lives as long as argv; NULL for a flag. -1 with *e saying what is wrong with it, not where it stood. */
	int (*set)(void *self, const char *name, const char *value, struct error *e);
};

/* The same with these as well, which may stand anywhere among the others, but not in a config. */
struct run_options *run_options_new_with(int argc, char **argv, const struct extra_option *extra, void *self,
					 struct error *e);
void run_options_free(struct run_options *o);

/* A copy of text[0..length) that lives as long as o; NULL without memory. */
const char *run_options_keep(struct run_options *o, const char *text, size_t length);

#endif
