/*
 * verify_state.h: what the files of verify share.
 */
#ifndef VMM_TRACE_READ_VERIFY_STATE_H
#define VMM_TRACE_READ_VERIFY_STATE_H

#include "decoder/decode.h"
#include "vmm/trace/read/shadow.h"
#include "vmm/trace/read/verify.h"

#define VERIFY_SHOWN 10 /* of a kind, in words */
#define VERIFY_VCPUS 256

struct verify {
	FILE *out;
	struct decoder *decoder;
	struct shadow *shadow;
	uint64_t violations[VERIFY_KINDS];
	/* order */
	uint64_t records, first, next;
	uint64_t tsc[VERIFY_VCPUS];
	/* what was looked at */
	uint64_t kinds[TRACE_KINDS];
	uint64_t denied; /* accesses that did not happen */
	uint64_t lost; /* by markers */
	uint64_t redecoded, unknown, without, stepped; /* of accesses: compared; not in the table; no bytes; by step */
	uint64_t chained, unchained; /* accesses: bytes compared; another keeper, or nothing known */
	/* values: held back until the foot says whether all stores were recorded */
	uint64_t value_seq[VERIFY_SHOWN];
	char value_text[VERIFY_SHOWN][160];
};

void verify_violation(struct verify *v, enum verify_kind kind, uint64_t sequence, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* verify_insn.c: can the instruction make this access? */
void verify_insn(struct verify *v, const struct trace_record *r);

/* verify_value.c: is each byte what was left there? */
void verify_value(struct verify *v, const struct trace_record *r);

/* verify_count.c: the foot against the records. */
void verify_count(struct verify *v, const struct trace_counter *counters, unsigned n);
void verify_count_print(const struct verify *v, const struct trace_counter *counters, unsigned n);

#endif
