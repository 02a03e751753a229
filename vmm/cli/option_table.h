/*
 * option_table.h: every option of `lodestore run`, one row each.
 *
 * The one table behind the command line, the configs, --help and the check of the
 * man page, so that no option exists in only some of them.
 */
#ifndef VMM_CLI_OPTION_TABLE_H
#define VMM_CLI_OPTION_TABLE_H

#include "vmm/cli/options.h"

#include <stdio.h>

enum option_kind {
	OPTION_FLAG, /* no value; in a config true or false */
	OPTION_NUMBER, /* a number or size; in a config an integer or a string */
	OPTION_SECONDS, /* in a config an integer, a float or a string */
	OPTION_TEXT,
	OPTION_PATH, /* in a config relative to the config's folder; "-" stays */
	OPTION_PAIR, /* FIRST=SECOND; in a config a group with the two keys */
};

enum option_place {
	PLACE_BOTH, /* --name on the command line, name in a config */
	PLACE_LINE, /* on the command line only: it is about the command, not the machine */
	PLACE_OPERAND, /* without --name on the command line, name in a config */
};

/* Boot protocols an option makes sense for: 1 << enum boot_kind. */
#define PROTOCOL(kind) (1u << (kind))
#define PROTOCOL_ANY 0u

struct option_row {
	const char *name;
	const char *value; /* how --help calls the value; NULL: OPTION_FLAG */
	enum option_kind kind;
	enum option_place place;
	bool repeatable; /* in a config a list */
	unsigned protocols;
	/* OPTION_PAIR: the keys of the group, and what the second one is */
	const char *first_key, *second_key;
	enum option_kind second_kind;
	/* Strings given live as long as o. 0, or -1 with *e saying what is wrong with the value, o unchanged. */
	int (*set)(struct run_options *o, const char *first, const char *second, struct error *e);
	const char *help; /* lines, separated by '\n' */
};

/* All rows, in the order of --help; at most 64. */
const struct option_row *option_rows(unsigned *count);

/* The row of that name, or NULL. */
const struct option_row *option_find(const char *name);

/*
 * Set one value. The strings are copied; second is NULL but for an OPTION_PAIR.
 * On -1 *e->text starts with where and o is unchanged.
 */
int option_apply(struct run_options *o, const struct option_row *row, const char *first, const char *second,
		 const char *where, struct error *e);

bool option_given(const struct run_options *o, const struct option_row *row);

/* The options and operands for --help. */
void option_help(FILE *out);

#endif
