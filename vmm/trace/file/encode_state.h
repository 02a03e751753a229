/*
 * encode_state.h: what the parts of the encoder share. Not for others.
 */
#ifndef VMM_TRACE_FILE_ENCODE_STATE_H
#define VMM_TRACE_FILE_ENCODE_STATE_H

#include "vmm/trace/file/bytes.h"
#include "vmm/trace/file/encode.h"
#include "vmm/trace/file/predict.h"

#include <emmintrin.h>
#include <stddef.h>

#define RECORDS 65536 /* of a frame */
#define STREAM_MAX (1u << 20) /* bytes at which a frame ends */
#define RECORDS_ROOM (48 * 1024) /* bytes behind that, for what comes before it is seen that the frame is full */

_Static_assert(RECORDS_ROOM > 256 * 64 + PACKED_MAX + 256, "rows, then a record in full");
#define SITE_KEY offsetof(struct site, context)

_Static_assert((int)TRACE_IN_RUN == (int)ROW_IN_RUN, "the same bit");
_Static_assert(SITE_KEY == 40, "five numbers");
_Static_assert(sizeof(struct packed) - offsetof(struct packed, rip) >= offsetof(struct site, context),
	       "the site's part");

enum stream {
	ROWS,
	ADDRESSES,
	TIMES,
	VALUES,
	STREAMS,
};

_Static_assert(TRACE_PIECES == 1 + STREAMS, "their sizes, and they");

struct trace_encoder {
	const struct names *names;
	uint8_t *at[STREAMS];
	uint32_t records;
	bool full;
	uint8_t time_bits;
	int vcpu; /* the last record's; -1: there is none */
	struct predict predict;
	uint16_t by_hash[2 * PREDICT_SITES]; /* id + 1 of a site, 0: free */
	uint8_t streams[STREAMS][STREAM_MAX + RECORDS_ROOM];
	uint8_t sizes[4 * VALUES]; /* of the others */
};

static inline uint8_t *encode_bytes(uint8_t *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

/* The first five numbers from rip on. */
static inline bool encode_same(const struct packed *p, const struct site *s)
{
	const uint8_t *a = (const uint8_t *)&p->rip, *b = (const uint8_t *)s;
	__m128i differs = _mm_xor_si128(_mm_loadu_si128((const __m128i *)a), _mm_loadu_si128((const __m128i *)b));

	a += 16;
	b += 16;
	differs = _mm_or_si128(differs,
			       _mm_xor_si128(_mm_loadu_si128((const __m128i *)a), _mm_loadu_si128((const __m128i *)b)));
	differs = _mm_or_si128(differs, _mm_xor_si128(_mm_loadl_epi64((const __m128i *)(a + 16)),
						      _mm_loadl_epi64((const __m128i *)(b + 16))));
	return _mm_movemask_epi8(_mm_cmpeq_epi8(differs, _mm_setzero_si128())) == 0xffff;
}

/* What is seldom. All write at at and return what is behind. */

/* A whole record, in full: a marker, and what no row can say. */
void encode_plain(struct trace_encoder *c, const struct packed *p);

/* The site that was not foreseen: *id, or all of it where it is new. */
uint8_t *encode_site(struct trace_encoder *c, uint8_t *at, const struct packed *p, uint32_t *id);

/* A context by its number, or all of it where the number is the next one. */
uint8_t *encode_context(struct predict *predict, uint8_t *at, const struct packed *p, uint32_t context);

#endif
