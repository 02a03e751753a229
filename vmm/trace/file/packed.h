/*
 * packed.h: a record between its maker and the writer's thread: fixed fields, then only as many
 * bytes of values, text and initial bytes as it has.
 */
#ifndef VMM_TRACE_FILE_PACKED_H
#define VMM_TRACE_FILE_PACKED_H

#include "vmm/trace/record.h"

#include <stddef.h>
#include <string.h>

#define PACKED_TEXT_MAX 4095

struct packed {
	uint32_t length; /* bytes in all, a multiple of 8 */
	uint32_t repetition;
	/* what a site (predict.h) is known by, as five numbers */
	uint64_t rip;
	uint8_t code[16];
	uint8_t kind, flags, size, part, parts, bits, verdict, code_size;
	uint16_t keeper; /* 0: none */
	uint8_t vcpu, cpl;
	uint32_t plain; /* not 0: no row of a frame can say it */
	uint64_t tsc, linear, gpa, cr3, badge, count;
	uint8_t in_run; /* TRACE_IN_RUN, which is not in flags */
	uint16_t text, bytes; /* bytes of them; text with its final 0, or 0 */
	uint8_t tail[]; /* before and after, each rounded up to 8 bytes; or text and bytes, together so */
};

#define PACKED_MAX (sizeof(struct packed) + PACKED_TEXT_MAX + 1 + TRACE_BYTES_MAX)

static inline uint32_t packed_round(uint32_t size)
{
	return (size + 7) & ~7u;
}

static inline uint32_t packed_length(const struct trace_record *r, uint32_t text, uint32_t bytes)
{
	uint32_t value = packed_round(r->size);

	return packed_round((uint32_t)offsetof(struct packed, tail) + (r->flags & TRACE_BEFORE ? value : 0) +
			    (r->flags & TRACE_AFTER ? value : 0) + text + bytes);
}

static inline const uint8_t *packed_before(const struct packed *p)
{
	return p->tail;
}

static inline const uint8_t *packed_after(const struct packed *p)
{
	return p->tail + (p->flags & TRACE_BEFORE ? packed_round(p->size) : 0);
}

static inline const uint8_t *packed_marker(const struct packed *p)
{
	uint32_t value = packed_round(p->size);

	return p->tail + (p->flags & TRACE_BEFORE ? value : 0) + (p->flags & TRACE_AFTER ? value : 0);
}

/* Fills p. length: packed_length() of the same. */
void packed_fill(struct packed *p, const struct trace_record *r, uint32_t length, uint16_t keeper, uint32_t text,
		 uint32_t bytes);

#endif
