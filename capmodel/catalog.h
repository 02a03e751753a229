/*
 * catalog.h: keepers by name, as written on the command line.
 *
 *   spec   := item (":" item)*          each item wraps all that follows it
 *   item   := name ("," option)*
 *   option := word | word "=" value
 *
 * as "memory", "log:memory", "watch,new=0:log:memory", "deny,fault=gp".
 */
#ifndef CAPMODEL_CATALOG_H
#define CAPMODEL_CATALOG_H

#include "capmodel/keeper.h"

#include <stdio.h>

/* What a keeper may be given when it is made. */
struct keeper_env {
	uint8_t *bytes; /* the range's own bytes in the monitor's view; lives as long as the keeper */
	uint64_t size; /* of the range, bytes */
	FILE *log; /* where log and watch write their lines */
	struct keeper *device; /* the machine's device that has these registers, not owned; NULL: there is none */
};

#define KEEPER_ERROR 256

/*
 * Make the keeper that spec names. NULL on failure, and then error says which
 * item and option was wrong, what was expected, and what names there are.
 */
struct keeper *keeper_parse(const char *spec, const struct keeper_env *env, char error[KEEPER_ERROR]);

/* Frees the keeper and what it wraps. NULL is allowed. */
void keeper_free(struct keeper *k);

/* One line per keeper for --help: name, options, meaning. */
void keeper_catalog_print(FILE *out);

#endif
