/*
 * value.h: what the setters of several options have in common.
 */
#ifndef VMM_CLI_VALUE_H
#define VMM_CLI_VALUE_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stdint.h>

/* 0, or -1 with *e filled. */
int value_number(const char *text, uint64_t *out, struct error *e);

/* A file's name, which must not be empty. *out is text. 0, or -1 with *e filled. */
int value_path(const char *text, const char **out, struct error *e);

/* The error that more than max are given. -1. */
int value_full(struct error *e, unsigned max);

/* A flag's value: "true" or "false". */
bool value_truth(const char *text);

#endif
