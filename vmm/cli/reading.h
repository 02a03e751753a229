/*
 * reading.h: what the verbs that read a trace have in common: their options, records one after
 * another that pass them, and how far they are.
 */
#ifndef VMM_CLI_READING_H
#define VMM_CLI_READING_H

#include "vmm/trace/file/reader.h"
#include "vmm/trace/filter.h"
#include "vmm/trace/read/places.h"

#include <time.h>

/* An option of one verb alone. */
struct reading_option {
	const char *name; /* "json": --json; NULL closes a list */
	char letter; /* 'F': -F too; 0: none */
	bool *set; /* without value, or NULL */
	const char **value; /* with one, or NULL */
};

#define READING_OBJECTS_MAX 64

struct reading {
	struct trace_reader *reader;
	struct trace_filter *filter;
	struct places *places;
	const char *path;
	bool filtered; /* there is a condition */
	unsigned nobjects;
	const char *objects[READING_OBJECTS_MAX]; /* --object */
	uint64_t from, count; /* records before from are left out; count: at most so many, UINT64_MAX: all */
	bool unfinished; /* it ended without a foot: how says why */
	struct error how;
	/* progress */
	bool shows, shown;
	uint64_t seen;
	struct timespec started, last;
};

/*
 * Takes the options, opens nothing yet; *r is filled in any case, and closed with reading_close(). The
 * operands are moved to the end: the index of the first, or -1 with *e filled. *help: --help was given.
 */
int reading_options(struct reading *r, int argc, char **argv, const struct reading_option *own, bool *help,
		    struct error *e);

/* Opens path and goes to the first record wanted. 0, or -1 with *e filled. */
int reading_open(struct reading *r, const char *path, struct error *e);

/*
 * The next record that is wanted: 1; or 0 at the end (an end without a foot is noted in *r), or -1 with *e
 * filled where the file is bad.
 */
int reading_next(struct reading *r, struct trace_record *record, struct error *e);

/* The last word on standard error where the file was unfinished. */
void reading_warn(const struct reading *r);

void reading_close(struct reading *r);

/* The end of a verb: the last word where err is 0, else *e; closed. The status. */
int reading_finish(struct reading *r, int err, const struct error *e);

/* NULL where no --symbols was given. */
const struct places *reading_places(const struct reading *r);

/* When the trace began (the time stamp counter), and its cycles a second: 0 where the head does not say. */
uint64_t reading_start(const struct reading *r);
double reading_hz(const struct reading *r);

/* One operand: its name, or NULL with *e filled. */
const char *reading_operand(int argc, char **argv, int operands, struct error *e);

/* The lines of --help on these options. */
void reading_help(void);

#endif
