/*
 * record.h: what a trace says of one access, and of what happened between accesses.
 *
 * A trace is a sequence of these records. The recorder makes them, the writer puts them into a
 * file, the reader gives them back equal, but for what the file numbers itself. Addresses and
 * sizes are in bytes, times in cycles of the host's time stamp counter.
 */
#ifndef VMM_TRACE_RECORD_H
#define VMM_TRACE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#define TRACE_CODE_MAX 15
#define TRACE_VALUE_MAX 64
#define TRACE_BYTES_MAX 4096

enum trace_kind {
	/* accesses */
	TRACE_LOAD,
	TRACE_STORE,
	TRACE_RMW,
	TRACE_FETCH,
	/* markers */
	TRACE_ARMED, /* gpa, count bytes: traced from here on; bytes: what they held, a page at most */
	TRACE_DISARMED, /* gpa, count bytes: not traced from here on */
	TRACE_MAPPED, /* gpa, count bytes: their keeper made them an ordinary page */
	TRACE_RESET, /* the guest was reset */
	TRACE_MARK, /* count: the guest's number; text: what the host's user said */
	TRACE_LOST, /* count: records before this one for which there was no place */
	TRACE_WRITTEN, /* gpa, count bytes: the device that text names wrote them; bytes: what they hold now */
	TRACE_KINDS,
};

enum trace_flag {
	TRACE_LOCKED = 0x01, /* an atomic read-modify-write */
	TRACE_IMPLICIT = 0x02, /* not an operand written in the instruction: stack, string, table, frame */
	TRACE_STEPPED = 0x04, /* by private step: a load is what the instruction could reach there */
	TRACE_BEFORE = 0x08, /* before[] is known */
	TRACE_AFTER = 0x10, /* after[] is known */
	TRACE_PHYSICAL = 0x20, /* no linear address is known: linear is 0 */
	TRACE_IN_RUN = 0x40, /* without an exit of its own */
};

struct trace_record {
	uint64_t sequence; /* from 0, one more for each; the writer's */
	uint64_t tsc;
	enum trace_kind kind;
	uint8_t flags; /* enum trace_flag */
	uint8_t size; /* of the access, 1..64; 0 of a marker */
	uint8_t part, parts; /* this one of so many of the instruction's transaction: 0 of 1 */
	uint8_t vcpu, cpl;
	uint8_t bits; /* how the code is decoded: 16, 32 or 64 */
	uint8_t verdict; /* of the keeper: enum verdict (capmodel/keeper.h) */
	uint8_t code_size;
	uint8_t code[TRACE_CODE_MAX]; /* the instruction; code_size 0: none (an event's delivery) */
	uint32_t repetition; /* of a REP prefix: the element, from 0 */
	uint64_t rip, linear, gpa;
	uint64_t cr3, badge; /* badge: of the guest's process, as the guest's kernel says it; else 0 */
	uint64_t count; /* of a marker: see its kind */
	const char *keeper; /* who answered, or NULL; the maker's or the reader's, until it is closed */
	/* of a marker; valid until the call ends, or until the reader's next record */
	const char *text; /* or NULL */
	const uint8_t *bytes; /* nbytes of them, or NULL */
	uint32_t nbytes;
	uint8_t before[TRACE_VALUE_MAX], after[TRACE_VALUE_MAX]; /* size bytes each, where flags say so; else zeros */
};

/* "load", "store", "rmw", "fetch", "armed", "disarmed", "mapped", "reset", "mark", "lost", "written" */
const char *trace_kind_name(enum trace_kind kind);

static inline bool trace_is_access(enum trace_kind kind)
{
	return kind <= TRACE_FETCH;
}

/* Is gpa one? */
static inline bool trace_has_gpa(enum trace_kind kind)
{
	return kind <= TRACE_MAPPED || kind == TRACE_WRITTEN;
}

/* What the head of a trace says, and its foot counts: by name, so that a reader may meet some it does not know. */
struct trace_field {
	const char *name, *value;
};

struct trace_counter {
	const char *name;
	uint64_t value;
};

#endif
