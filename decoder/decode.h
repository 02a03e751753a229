/*
 * decode.h: instruction bytes -> struct insn.
 *
 * The set of instructions is closed: what decode() does not know, it refuses.
 * It reads only its arguments and touches no guest state, so it is tested on
 * a host without KVM. Capstone names the instruction; the closed table
 * (table.h) says what it reads and writes; our own reading of the encoding
 * (fields.h) must agree with Capstone on the length and the memory operand.
 */
#ifndef DECODER_DECODE_H
#define DECODER_DECODE_H

#include "decoder/insn.h"

#include <stddef.h>

enum decode_status {
	DECODE_OK,
	DECODE_TRUNCATED, /* the bytes end inside the instruction: more are needed */
	DECODE_INVALID, /* the CPU would raise #UD, or the bytes exceed 15 */
	DECODE_UNKNOWN, /* a valid instruction that the closed table does not hold yet */
	DECODE_DISAGREE, /* Capstone and the encoding differ on length or operand */
};

struct decoder; /* used by one thread at a time: each vCPU has its own */

/* NULL when out of memory or when Capstone refuses to start. */
struct decoder *decoder_new(void);
void decoder_free(struct decoder *d);

/*
 * Decode the instruction at the start of bytes[0..n). mode is that of the code
 * segment. On DECODE_OK *out is complete; otherwise *out is untouched.
 */
enum decode_status decode(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out);

/*
 * As decode(), through a cache that is looked up by the bytes themselves, so
 * that self-modifying code is right and nothing is ever invalidated. n must
 * count all bytes that are readable, to INSN_MAX. On DECODE_OK *out points into
 * the cache and holds until the next call; otherwise it is untouched.
 */
enum decode_status decode_cached(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode,
				 const struct insn **out);

const char *decode_status_name(enum decode_status status);

/*
 * The name and operands of any instruction, table or not, for reports: text as
 * in struct insn, "(bad)" if Capstone cannot read it. Returns its length, 0 if bad.
 */
size_t decode_text(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT]);

#endif
