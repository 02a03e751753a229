/*
 * decode.h: the payload of a frame, which may be anybody's bytes -> records.
 */
#ifndef VMM_TRACE_FILE_DECODE_H
#define VMM_TRACE_FILE_DECODE_H

#include "vmm/error.h"
#include "vmm/trace/file/block.h"
#include "vmm/trace/record.h"

struct trace_decoder;

/* NULL: no memory. */
struct trace_decoder *trace_decoder_new(void);
void trace_decoder_free(struct trace_decoder *d);

/* b: the frame's header. Its payload, of b->raw bytes, must stay until the last record was read. */
void trace_decoder_begin(struct trace_decoder *d, const struct block *b, const uint8_t *payload);

/*
 * 1 and the next record, 0 after the last, or -1 with *why: what is wrong with the payload. Names
 * stay until the decoder is freed, text and bytes until the payload is.
 */
int trace_decoder_next(struct trace_decoder *d, struct trace_record *r, const char **why);

/* At which byte of the payload it is. */
uint32_t trace_decoder_at(const struct trace_decoder *d);

#endif
