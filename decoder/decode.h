/*
 * decode.h: instruction bytes -> struct insn.
 *
 * The set of instructions is closed: what decode() does not know, it refuses.
 * It reads only its arguments and touches no guest state, so it is tested on
 * a host without KVM. Our own reading of the encoding (fields.h) and the
 * closed table (table.h) say what it reads and writes; Capstone or Zydis must
 * read the same length and memory operand, and Capstone names it.
 */
#ifndef DECODER_DECODE_H
#define DECODER_DECODE_H

#include "decoder/insn.h"

#include <stddef.h>

enum decode_status {
	DECODE_OK,
	DECODE_TRUNCATED, /* the bytes end inside the instruction: more are needed */
	DECODE_INVALID, /* the CPU would raise #UD */
	DECODE_TOO_LONG, /* more than 15 bytes: the CPU would raise #GP(0) */
	DECODE_UNKNOWN, /* a valid instruction that the closed table does not hold yet */
	DECODE_DISAGREE, /* Capstone and Zydis both differ from us on length or operand */
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

/* Who looks at each newly decoded instruction beside us. */
enum other_decoder { OTHER_CAPSTONE, OTHER_ZYDIS, OTHER_DECODERS };

/* How one of them reads what the table has read. */
enum other_reading {
	READING_SAME,
	READING_NONE, /* it cannot read it */
	READING_LENGTH,
	READING_OPERAND, /* no operand in memory where there is one, or one where there is none */
	READING_ADDRESS,
	READINGS,
};

#define DECODER_ENCODINGS 3 /* enum encoding */

struct decoder_stats {
	uint64_t instructions; /* looked at by both; what the cache gave is not among them */
	uint64_t differed[OTHER_DECODERS]; /* of these, read otherwise than by the table, or not at all */
	uint64_t readings[OTHER_DECODERS][DECODER_ENCODINGS][READINGS];
	uint64_t refused; /* of these, by both: DECODE_DISAGREE */
};

void decoder_read_stats(const struct decoder *d, struct decoder_stats *out);

/* How each of them read the instruction that decode() gave last, or last refused with DECODE_DISAGREE. */
void decoder_last_readings(const struct decoder *d, enum other_reading out[OTHER_DECODERS]);

/* How often who differed on a row of the closed table. */
uint32_t decoder_differed(const struct decoder *d, enum other_decoder who, unsigned row);

/* What Zydis says of two instructions. */
enum likeness {
	LIKE_UNREAD, /* it cannot read one of them */
	LIKE_SAME,
	LIKE_OTHER,
};

/*
 * Is again, in 64-bit mode, the same instruction as insn in its own mode, with the
 * same registers, immediates, mask and broadcast, and as large a memory operand,
 * wherever that lies? Where stand_in is a register and not REG_NONE, it must stand
 * for RSP wherever insn names that. An again that names RSP is never the same. Both
 * are as decode() gave them; our own reading of them has no part in the answer.
 */
enum likeness decode_compare(const struct decoder *d, const struct insn *insn, const struct insn *again, int stand_in);

const char *decode_status_name(enum decode_status status);

/*
 * The name and operands of any instruction, table or not, for reports: text as
 * in struct insn, "(bad)" if Capstone cannot read it. Returns its length, 0 if bad.
 */
size_t decode_text(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, char text[INSN_TEXT]);

/* As decode_text(), by one or the other. */
size_t decode_text_of(struct decoder *d, enum other_decoder who, const uint8_t *bytes, size_t n, enum cpu_mode mode,
		      char text[INSN_TEXT]);

#endif
