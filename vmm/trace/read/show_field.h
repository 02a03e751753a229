/*
 * show_field.h: what a record can be asked, by name (show.c).
 */
#ifndef VMM_TRACE_READ_SHOW_FIELD_H
#define VMM_TRACE_READ_SHOW_FIELD_H

#include "vmm/trace/read/show.h"

struct show_field {
	const char *name;
	const char *meaning;
	bool plain; /* in JSON: a number as it stands; else a string */
	/* False: this record has no such thing, and nothing is put. */
	bool (*put)(const struct show *s, const struct trace_record *r, struct words *w);
};

extern const struct show_field show_fields[];
extern const unsigned show_field_count;

/* The longest value: 64 bytes in hexadecimal, or a marker's text with every byte escaped. */
#define SHOW_TEXT 1024

/* Seconds since the start, or cycles. */
void show_time(const struct show *s, const struct trace_record *r, struct words *w);

/* "lock implicit step", a blank between them; "": none. */
void show_flags(const struct trace_record *r, struct words *w);

#endif
