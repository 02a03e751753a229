/*
 * markdown.h: the parts of docs/conformance.md.
 */
#ifndef VMM_CONFORM_MARKDOWN_H
#define VMM_CONFORM_MARKDOWN_H

#include "vmm/conform/forms.h"

#include <stdio.h>

/* How many forms go which way, and what came of it. */
void markdown_ways(const struct forms *forms, FILE *out);

/* The forms that were not compared on both sides, or refused, by reason. */
void markdown_gaps(const struct forms *forms, FILE *out);

/* All of them, a line each. */
void markdown_forms(const struct forms *forms, FILE *out);

/* Where Capstone and Zydis read otherwise than the closed table. 0, or -1 with *e filled. */
int markdown_readings(int count, char **tables, FILE *out, struct error *e);

#endif
