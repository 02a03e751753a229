/*
 * filter.h: which records somebody wants: of `lodestore trace` while it records, and of all that read.
 *
 * All conditions must hold. Markers always pass.
 */
#ifndef VMM_TRACE_FILTER_H
#define VMM_TRACE_FILTER_H

#include "vmm/error.h"
#include "vmm/trace/record.h"

#include <stdio.h>

struct trace_filter;

/* Everything passes. NULL: no memory. */
struct trace_filter *trace_filter_new(void);
void trace_filter_free(struct trace_filter *f);

/*
 * One more condition, as a user writes it: name is the option's, without dashes. -1 with *e filled
 * (STATUS_USAGE) where it cannot be understood, or there is no such name.
 *
 *   t        r, w or rw: reads, writes or both (a read-modify-write does both); x: fetches too
 *   cpl      0..3, or several: 0,3
 *   cr3      a number, or several
 *   rip      RANGE: A..B (B not included), A+SIZE or one address; or several
 *   linear, gpa   the access touches RANGE (one without a linear address touches no linear RANGE)
 *   size     a number or several
 *   vcpu, badge   a number or several
 *   when     an expression over old, new, size, gpa, linear, rip, cpl: the operators of C with its
 *            precedence: ! ~ - * / % + - << >> < <= > >= == != & ^ | && || and parentheses. Values are
 *            unsigned, 64 bits of those that are wider. The new value of a load is its old
 *            one. Where what is not known (the old value of a device) decides, it passes: better one record
 *            too many (expression.h).
 */
int trace_filter_add(struct trace_filter *f, const char *name, const char *value, struct error *e);

bool trace_filter_passes(const struct trace_filter *f, const struct trace_record *r);

/* The lines of --help that tell these conditions; that of the privilege level is called --CPL. */
void trace_filter_help(FILE *out, const char *cpl);

#endif
