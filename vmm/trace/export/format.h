/*
 * format.h: what one format is, and what all of them use.
 *
 * A format is told each record once, in order, then that there are no more. It writes to x->out,
 * and whoever drives it sees to errors of that stream.
 */
#ifndef VMM_TRACE_EXPORT_FORMAT_H
#define VMM_TRACE_EXPORT_FORMAT_H

#include "decoder/decode.h"
#include "vmm/trace/export/export.h"
#include "vmm/trace/export/result.h"

struct export
{
	const struct export_format *format;
	const struct export_options *options;
	struct result result;
	FILE *out; /* that of the result; NULL of a format that is a database */
	struct decoder *decoder;
	void *state; /* state_size zeros at first */
};

struct export_format {
	const char *name;
	const char *meaning; /* a line for --help */
	size_t state_size; /* bytes */
	bool database; /* it writes result.path, which is there and empty: no standard output */
	/* Each 0, or -1 with *e filled. NULL: nothing to do. */
	int (*open)(struct export *x, struct error *e);
	int (*record)(struct export *x, const struct trace_record *r, struct error *e);
	int (*close)(struct export *x, struct error *e); /* after the last record */
	void (*free)(struct export *x); /* in every case, also where open failed; state itself is not the format's */
};

extern const struct export_format export_lackey, export_din, export_xdin, export_champsim, export_drmemtrace,
	export_chrome, export_csv, export_sqlite;

/* The function of an access, or NULL; the object it touches: false, and "", where none is known. */
const char *export_function(const struct export *x, const struct trace_record *r);
bool export_object(const struct export *x, const struct trace_record *r, char text[PLACE_TEXT]);

/* Did this record's access happen? Not those that were denied, nor markers. */
bool export_happened(const struct trace_record *r);

/* The one address of a format that has one: linear if known and not asked otherwise. */
uint64_t export_address(const struct export *x, const struct trace_record *r);

/* Which instruction the last record was of. All zero: none yet. */
struct export_last {
	bool any;
	uint8_t vcpu, part;
	uint32_t repetition;
	uint64_t rip;
};

/* Is r of another instruction (or element of a REP) than the record before it? Moves *last on. */
bool export_begins(struct export_last *last, const struct trace_record *r);

/* What an instruction that touches memory does to the way of control. */
enum export_branch { BRANCH_NONE, BRANCH_DIRECT_CALL, BRANCH_INDIRECT_CALL, BRANCH_INDIRECT_JUMP, BRANCH_RETURN };

enum export_branch export_branch_of(struct export *x, const struct trace_record *r);

/* Cycles in units of 1/per_second s; where the head does not say how long a cycle is, a nanosecond. */
uint64_t export_time(const struct export *x, uint64_t tsc, uint64_t per_second);

/* The flags as words with '|' between them, but for those that say what of a record is filled. */
#define EXPORT_FLAGS_TEXT 48
void export_flags_text(uint8_t flags, char text[EXPORT_FLAGS_TEXT]);

/* size bytes of memory as one number, "0x" and two digits a byte, the highest first. */
#define EXPORT_VALUE_TEXT (2 + 2 * TRACE_VALUE_MAX + 1)
void export_value_text(const uint8_t *bytes, unsigned size, char text[EXPORT_VALUE_TEXT]);

/* A name out of a file that anybody may have written: at most size - 1 bytes of valid UTF-8 without control characters.
 */
void export_clean_text(const char *from, char *text, size_t size);

/* bits of a record as the decoder calls it. */
enum cpu_mode export_mode(const struct trace_record *r);

/* Numbers in the memory order of these formats. */
void export_put16(uint8_t *at, uint16_t value);
void export_put64(uint8_t *at, uint64_t value);

#endif
