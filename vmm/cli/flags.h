/*
 * flags.h: the options of the verbs that have but a few: words after the verb,
 * and flags among them.
 */
#ifndef VMM_CLI_FLAGS_H
#define VMM_CLI_FLAGS_H

#include "vmm/error.h"

#include <stdbool.h>

struct flag {
	const char *name; /* "json": --json; a NULL name closes a list */
	bool *set; /* a flag without value, or NULL */
	const char **value; /* a flag with one, or NULL */
};

/*
 * argv[0] is the verb; its flags are taken, and the operands moved to the end. The
 * index of the first operand, or -1 with *e filled. --help (-h) need not be listed:
 * *help tells it.
 */
int flags_read(int argc, char **argv, const struct flag *flags, bool *help, struct error *e);

#endif
