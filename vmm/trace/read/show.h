/*
 * show.h: a record as one line, as the fields that were asked for, or as one JSON object.
 */
#ifndef VMM_TRACE_READ_SHOW_H
#define VMM_TRACE_READ_SHOW_H

#include "decoder/decode.h"
#include "vmm/trace/read/places.h"
#include "vmm/trace/record.h"

enum show_form {
	SHOW_LINE, /* as the lines of `lodestore run --log` */
	SHOW_FIELDS, /* the fields' values, tabs between them; "-" what a record has not */
	SHOW_JSON, /* one object: the fields, or all that the record has */
};

#define SHOW_FIELDS_MAX 40

struct show {
	enum show_form form;
	struct decoder *decoder;
	const struct places *places; /* or NULL: no names */
	uint64_t start; /* the time stamp counter at the beginning */
	double hz; /* cycles a second; 0: not known, times are cycles */
	unsigned nfields; /* 0: all */
	uint8_t fields[SHOW_FIELDS_MAX];
};

/* "seq,rip,new" into s->fields. 0, or -1 with *e filled, *s untouched. */
int show_choose(struct show *s, const char *names, struct error *e);

/* Print it, with its end of line. */
void show_record(const struct show *s, const struct trace_record *r, FILE *out);

/* The instruction as text, "" where the record has none. */
void show_insn(struct decoder *d, const struct trace_record *r, char text[INSN_TEXT]);

/* The lines of --help that tell the fields. */
void show_help(FILE *out);

/* Of a record's bits: 16, 32 or 64. */
enum cpu_mode show_mode(uint8_t bits);

#endif
