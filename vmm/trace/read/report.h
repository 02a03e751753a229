/*
 * report.h: what a trace comes to: who touches what, how often, and what of it is strange.
 *
 * Memory is bounded: tables have a limit, and what did not fit is counted and said.
 */
#ifndef VMM_TRACE_READ_REPORT_H
#define VMM_TRACE_READ_REPORT_H

#include "vmm/trace/read/places.h"
#include "vmm/trace/record.h"

struct report;

/* places: names for addresses, or NULL; it lives as long. NULL: no memory. */
struct report *report_new(const struct places *places);
void report_free(struct report *r);

/* The records in their order. */
void report_record(struct report *r, const struct trace_record *record);

/* Of each table the first `top` rows, at most REPORT_TOP_MAX. */
#define REPORT_TOP_MAX 10000
struct report_form {
	unsigned top;
	bool json;
	double hz; /* of the time stamp counter, or 0 */
	const char *command; /* that made the trace, or NULL */
};

void report_print(struct report *r, const struct report_form *form, FILE *out);

#endif
