/*
 * encode.h: packed records -> the payload of a frame, which needs no other frame to be read.
 */
#ifndef VMM_TRACE_FILE_ENCODE_H
#define VMM_TRACE_FILE_ENCODE_H

#include "vmm/trace/file/names.h"
#include "vmm/trace/file/packed.h"

#include <sys/uio.h>

struct trace_encoder;

/*
 * names: of the keepers in packed records, by their id. time_bits: so many low bits of times are left out, at
 * most BLOCK_TIME_BITS_MAX (block.h), and what is less than a sixteenth of the time since the record before;
 * 0: times are exact. NULL: no memory.
 */
struct trace_encoder *trace_encoder_new(const struct names *names, unsigned time_bits);
void trace_encoder_free(struct trace_encoder *c);

/* A new frame, whose first record has this tsc. */
void trace_encoder_begin(struct trace_encoder *c, uint64_t tsc);

/* The last record's time as the frame tells it; before the first, the frame's: never later than it was. */
uint64_t trace_encoder_time(const struct trace_encoder *c);

/* Only after trace_encoder_full() said no. */
void trace_encoder_put(struct trace_encoder *c, const struct packed *p);

/* The frame must end here: it has as many records, bytes or tables as a frame has. */
bool trace_encoder_full(const struct trace_encoder *c);

/* Records since the frame began. */
uint32_t trace_encoder_records(const struct trace_encoder *c);

/*
 * Their bytes: pieces that follow each other, each of a kind of its own. They stay until the next frame begins.
 * Returns how many bytes there are in all.
 */
#define TRACE_PIECES 5
uint32_t trace_encoder_payload(struct trace_encoder *c, struct iovec pieces[TRACE_PIECES]);

#endif
