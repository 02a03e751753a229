/*
 * export.h: a trace as other tools read it.
 *
 * Records are put one after another; memory does not grow with the trace. The result gets its
 * name when it is whole: a failure leaves no file.
 */
#ifndef VMM_TRACE_EXPORT_EXPORT_H
#define VMM_TRACE_EXPORT_EXPORT_H

#include "vmm/error.h"
#include "vmm/trace/file/reader.h"
#include "vmm/trace/read/places.h"

#include <stdio.h>

struct export_options {
	const char *format; /* one of those that export_print_formats() names */
	const char *output; /* the file to write; "-": standard output */
	bool force; /* an existing file is replaced */
	bool full; /* each access, where the format would add them up (chrome) */
	bool physical; /* guest-physical addresses, where the format has one address (else linear ones, if known) */
	const struct trace_reader *reader; /* for what its head and foot say, or NULL */
	/* To name functions and objects (csv, chrome, sqlite), or NULL. */
	const char *(*function)(const void *self, uint64_t rip); /* NULL: it is in none that is known */
	bool (*object)(const void *self, uint64_t linear, char text[PLACE_TEXT]); /* false: the same */
	const void *self;
};

struct export;

/* 0, or -1 with *e naming the formats: there is none of that name. */
int export_check_format(const char *name, struct error *e);

/* NULL with *e filled: no such format, an output that exists or cannot be made, no memory. options must live as long.
 */
struct export *export_open(const struct export_options *options, struct error *e);

/* 0, or -1 with *e filled: it cannot be written, or not in this format. Then only export_drop() is left. */
int export_put(struct export *x, const struct trace_record *r, struct error *e);

/* After the last record: the result gets its name. 0, or -1 with *e filled; then there is none. Frees x. */
int export_finish(struct export *x, struct error *e);

/* No result. NULL is allowed. */
void export_drop(struct export *x);

/* The lines of --help that name the formats. */
void export_print_formats(FILE *out);

#endif
