/*
 * report_print.h: what the sections of a report need to be printed.
 */
#ifndef VMM_TRACE_READ_REPORT_PRINT_H
#define VMM_TRACE_READ_REPORT_PRINT_H

#include "vmm/trace/read/report_state.h"
#include "vmm/trace/read/sheet.h"

struct printer {
	const struct report *report;
	struct sheet sheet;
	unsigned top; /* rows of a section */
	uint32_t *best; /* room for so many indices */
};

#define COUNT_COLUMNS "loads", "stores", "rmws", "fetches"

static inline struct sheet_value as_number(uint64_t n)
{
	return (struct sheet_value){NULL, n};
}

static inline struct sheet_value as_text(const char *text)
{
	return (struct sheet_value){text, 0};
}

uint64_t printer_total(const struct report_counts *c);

/* The four COUNT_COLUMNS of a row. */
void printer_counts(const struct report_counts *c, struct sheet_value *v);

void printer_hex(char out[PLACE_TEXT], uint64_t n);

/* "" where it has no name. */
void printer_object(const struct report *r, uint64_t linear, char out[PLACE_TEXT]);

/* report_relate.c */
void print_relations(struct printer *p);
void print_sharing(struct printer *p);
void print_who(struct printer *p);

#endif
