/*
 * decode_state.h: what the parts of the decoder share. Not for others.
 */
#ifndef VMM_TRACE_FILE_DECODE_STATE_H
#define VMM_TRACE_FILE_DECODE_STATE_H

#include "vmm/trace/file/bytes.h"
#include "vmm/trace/file/decode.h"
#include "vmm/trace/file/names.h"
#include "vmm/trace/file/predict.h"

#define CUT_SHORT "it ends within a record"

enum stream {
	ROWS,
	ADDRESSES,
	TIMES,
	VALUES,
	STREAMS,
};

struct trace_decoder {
	const uint8_t *payload;
	struct bytes_in in[STREAMS];
	bool streams; /* the payload has them */
	uint32_t left;
	uint8_t time_bits;
	uint64_t sequence;
	struct names names;
	struct predict predict;
};

/* n bytes, or none of them. */
static inline void decode_bytes(struct bytes_in *in, void *to, size_t n)
{
	const uint8_t *from = bytes_take(in, n);

	if (from)
		memcpy(to, from, n);
}

/* What is seldom: each NULL, or what is wrong. A number that is cut short is left to in->bad. */

/* A record in full. */
const char *decode_plain(struct trace_decoder *d, struct trace_record *r);

/* One more site. */
const char *decode_site(struct trace_decoder *d);

/* Of the last row's site. */
const char *decode_context(struct trace_decoder *d);

#endif
